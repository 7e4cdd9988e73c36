import type { DrainRunnerAnswer } from '@rat/contracts';
import { NotFoundError } from '@rat/domain';
import { requestDrain } from '@rat/store';
import type { RunnersDeps } from './runners-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

/**
 * Matches text that cannot be a runner's id: control characters, some of which Postgres cannot
 * read, or more than 200 characters.
 */
const NO_ID = /[^\P{C}]|^.{201,}$/u;

/**
 * POST /api/v1/runners/{id}/drain: 202; the runner gets the request with its next heartbeat.
 * Repeating it changes nothing.
 */
export function drainRunnerRoute(deps: RunnersDeps): HandledOperation<'drainRunner'> {
  return handleOperation('drainRunner', async (req, res) => {
    const { id } = req.params;
    if (NO_ID.test(id)) throw new NotFoundError('runner not found');
    await requestDrain(deps.db, id);
    const answer: DrainRunnerAnswer = { runner_id: id, draining: true };
    res.status(202).json(answer);
  });
}
