import type { CancelRunAnswer } from '@rat/contracts';
import { ringNext } from '@rat/dispatch';
import { ConflictError, NotFoundError } from '@rat/domain';
import { requestCancel } from '@rat/store';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { awaitCancelled, listenToMoves } from '../await-cancelled.ts';
import { parseRunId } from '../parse-run-id.ts';

/** POST /api/v1/runs/{id}/cancel: 200 once the run has ended `cancelled`, which then is for good. */
export function cancelRunRoute(
  deps: Pick<AppDeps, 'db' | 'queue' | 'hints' | 'log'>,
): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const runId = parseRunId(req.params.id);
    await cancelRun(deps, runId);
    // The runner that let go of it does the same; whose word comes too late finds nothing to ring.
    await ringNext(deps, runId);
    const answer: CancelRunAnswer = { run_id: runId, status: 'cancelled' };
    res.json(answer);
  };
}

async function cancelRun(deps: Pick<AppDeps, 'db' | 'hints'>, runId: string): Promise<void> {
  const { db, hints } = deps;
  const moves = listenToMoves(hints, runId);
  try {
    const answer = await requestCancel(db, runId);
    switch (answer.kind) {
      case 'not_found':
        throw new NotFoundError('run not found');
      case 'refused':
        throw new ConflictError(`run is not cancellable (status: ${answer.status})`);
      case 'cancelled':
        await hints.publish({ kind: 'moved', runId, seq: answer.seq, status: 'cancelled' });
        return;
      case 'requested':
        await Promise.all([
          hints.publish({ kind: 'cancel_requested', runId }),
          hints.publish({ kind: 'moved', runId, seq: answer.seq }),
        ]);
        await awaitCancelled(deps, runId, moves);
    }
  } finally {
    moves.stop();
  }
}
