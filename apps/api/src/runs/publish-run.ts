import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseRunId } from './parse-run-id.ts';

/**
 * POST /api/v1/runs/{id}/publish: publishes the rows of a run although its tests failed. A reason
 * is required and stored.
 */
export function publishRunRoute(deps: RunDeps): HandledOperation<'publishRun'> {
  return handleOperation('publishRun', async (req, res, { body: { reason } }) => {
    const runId = parseRunId(req.params.id);
    res.json(await call(deps, 'publish-run', { runId, reason }, clientGone(res)));
  });
}
