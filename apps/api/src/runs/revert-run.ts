import type { AppDeps } from '../app-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseRunId } from './parse-run-id.ts';

/** POST /api/v1/runs/{id}/revert: makes the table what it was before the run, unless it was published again since. */
export function revertRunRoute(deps: Pick<AppDeps, 'db' | 'log'>): HandledOperation<'revertRun'> {
  return handleOperation('revertRun', async (req, res, { body: { reason } }) => {
    const runId = parseRunId(req.params.id);
    res.json(await call(deps, 'revert-run', { runId, reason }, clientGone(res)));
  });
}
