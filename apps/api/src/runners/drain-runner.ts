import type { DrainRunnerAnswer } from '@rat/contracts';
import { NotFoundError } from '@rat/domain';
import { requestDrain } from '@rat/store';
import type { AppDeps } from '../app-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

/** What no runner is called, and what Postgres may not even be able to read. */
const NO_ID = /[^\P{C}]|^.{201,}$/u;

/** POST /api/v1/runners/{id}/drain: 202; the runner hears it with its next heartbeat. Asking again changes nothing. */
export function drainRunnerRoute(deps: Pick<AppDeps, 'db'>): HandledOperation<'drainRunner'> {
  return handleOperation('drainRunner', async (req, res) => {
    const { id } = req.params;
    if (NO_ID.test(id)) throw new NotFoundError('runner not found');
    await requestDrain(deps.db, id);
    const answer: DrainRunnerAnswer = { runner_id: id, draining: true };
    res.status(202).json(answer);
  });
}
