import type { IncomingMessage } from 'node:http';
import { includesNamespaces } from '@rat/domain';
import type { RunDeps } from './run-deps.ts';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseRunId } from './parse-run-id.ts';

/**
 * POST /api/v1/runs/{id}/revert: restores the table to its state before the run, unless a later run
 * has published since. With `dry_run` answers what that would do. The answer names readers of the caller's namespaces.
 */
export function revertRunRoute(deps: RunDeps): HandledOperation<'revertRun'> {
  return handleOperation('revertRun', async (req, res, { body }) => {
    const runId = parseRunId(req.params.id);
    const { reason } = body;
    const answer =
      body.dry_run === true
        ? await call(deps, 'plan-run-action', { runId, action: 'revert' }, clientGone(res))
        : await call(deps, 'revert-run', { runId, reason }, clientGone(res));
    res.json({ ...answer, tainted_runs: knownTo(req, answer.tainted_runs) });
  });
}

/** The runs of a list that the caller may know of. */
function knownTo<Run extends { namespace: string }>(
  req: IncomingMessage,
  runs: readonly Run[],
): Run[] {
  const own = confinedTo(req);
  return runs.filter(({ namespace }) => includesNamespaces(own, [namespace]));
}
