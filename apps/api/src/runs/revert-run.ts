import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseRunId } from './parse-run-id.ts';

/**
 * POST /api/v1/runs/{id}/revert: restores the table to its state before the run, unless a later run
 * has published since.
 */
export function revertRunRoute(deps: RunDeps): HandledOperation<'revertRun'> {
  return handleOperation('revertRun', async (req, res, { body: { reason } }) => {
    const runId = parseRunId(req.params.id);
    res.json(await call(deps, 'revert-run', { runId, reason }, clientGone(res)));
  });
}
