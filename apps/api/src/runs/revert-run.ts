import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseRunId } from './parse-run-id.ts';

/**
 * POST /api/v1/runs/{id}/revert: restores the table to its state before the run, unless a later run
 * has published since. With `dry_run` answers what that would do.
 */
export function revertRunRoute(deps: RunDeps): HandledOperation<'revertRun'> {
  return handleOperation('revertRun', async (req, res, { body }) => {
    const runId = parseRunId(req.params.id);
    const { reason } = body;
    const answer =
      body.dry_run === true
        ? await call(deps, 'plan-run-action', { runId, action: 'revert' }, clientGone(res))
        : await call(deps, 'revert-run', { runId, reason }, clientGone(res));
    res.json(answer);
  });
}
