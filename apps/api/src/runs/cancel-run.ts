import type { CancelRunAnswer } from '@rat/contracts';
import { enqueueNext } from '@rat/dispatch';
import { ConflictError, NotFoundError } from '@rat/domain';
import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { awaitCancelled, graceDeadline, listenToMoves } from './await-cancelled.ts';
import { parseCancelRequest } from './parse-cancel-request.ts';
import { parseRunId } from './parse-run-id.ts';
import { announceCancel } from './announce-cancel.ts';

/** POST /api/v1/runs/{id}/cancel: 200 once the run is `cancelled`, which is final. */
export function cancelRunRoute(deps: RunDeps): HandledOperation<'cancelRun'> {
  return handleOperation('cancelRun', async (req, res, { body }) => {
    const runId = parseRunId(req.params.id);
    const moves = listenToMoves(deps.hints, runId);
    try {
      const answer = await announceCancel(deps, runId, parseCancelRequest(req, body));
      if (answer.kind === 'not_found') throw new NotFoundError('run not found');
      if (answer.kind === 'refused') {
        throw new ConflictError(`run is not cancellable (status: ${answer.status})`);
      }
      if (answer.kind === 'requested') await awaitCancelled(deps, runId, moves, graceDeadline());
    } finally {
      moves.stop();
    }
    // The runner of the run does the same. The second call finds no waiting run and does nothing.
    await enqueueNext(deps, runId);
    const answer: CancelRunAnswer = { run_id: runId, status: 'cancelled' };
    res.json(answer);
  });
}
