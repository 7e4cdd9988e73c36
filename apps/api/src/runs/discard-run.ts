import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseRunId } from './parse-run-id.ts';

/** POST /api/v1/runs/{id}/discard: gives up the rows of a run whose tests failed. */
export function discardRunRoute(deps: RunDeps): HandledOperation<'discardRun'> {
  return handleOperation('discardRun', async (req, res, { body: { reason } }) => {
    const runId = parseRunId(req.params.id);
    res.json(await call(deps, 'discard-run', { runId, reason }, clientGone(res)));
  });
}
