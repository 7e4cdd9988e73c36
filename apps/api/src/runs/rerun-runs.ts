import type { RerunRunsAnswer } from '@rat/contracts';
import { ConflictError, NotFoundError, QuotaError } from '@rat/domain';
import { noteChanged } from '../http/changed-objects.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { makerOf } from '../http/requested-by.ts';
import { idempotencyOf, idempotencyOfPart } from '../http/idempotency.ts';
import { rerun } from './rerun-run.ts';
import type { RunDeps } from './run-deps.ts';

/**
 * POST /api/v1/runs/rerun: 202 with a new run for each ended run of the body, as
 * `POST /runs/{id}/rerun` creates it. A run that cannot be run again is reported and stops no other
 * one. Under the same `Idempotency-Key`, a run that was run again is not run a second time.
 */
export function rerunRunsRoute(deps: RunDeps): HandledOperation<'rerunRuns'> {
  return handleOperation('rerunRuns', async (req, res, { body }) => {
    const idempotency = idempotencyOf(req, deps, { operation: 'rerun many', ids: body.ids });
    const answer: RerunRunsAnswer = { runs: [], refused: [] };
    // One after the other, so that the new runs queue in the order of the request.
    for (const id of body.ids) {
      try {
        const run = await rerun(deps, id, {
          idempotency: idempotencyOfPart(idempotency, id),
          ...makerOf(req),
        });
        noteChanged(req, `runs/${run.id}`);
        answer.runs.push({ run_id: run.id, rerun_of: id });
      } catch (error) {
        const isOwn =
          error instanceof ConflictError ||
          error instanceof NotFoundError ||
          error instanceof QuotaError;
        if (!isOwn) throw error;
        answer.refused.push({ run_id: id, reason: error.message });
      }
    }
    res.status(202).json(answer);
  });
}
