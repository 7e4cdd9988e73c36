import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseRunId } from './parse-run-id.ts';

/**
 * POST /api/v1/runs/{id}/publish: publishes the rows of a run although its tests failed. A reason
 * is required and stored. With `dry_run` answers what that would do.
 */
export function publishRunRoute(deps: RunDeps): HandledOperation<'publishRun'> {
  return handleOperation('publishRun', async (req, res, { body }) => {
    const runId = parseRunId(req.params.id);
    const { reason } = body;
    // The contract requires a reason of every other request.
    const answer =
      body.dry_run === true || reason === undefined
        ? await call(deps, 'plan-run-action', { runId, action: 'publish' }, clientGone(res))
        : await call(deps, 'publish-run', { runId, reason }, clientGone(res));
    res.json(answer);
  });
}
