import type { CreateRunAnswer } from '@rat/contracts';
import { coerceError, withDeadline } from '@rat/runtime';
import { createRun, type CreatedRun, type ReplacedRun } from '@rat/store';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { parseCreateRun } from '../parse-create-run.ts';

/** The answer does not wait longer for the queue: the run is safe, and a ticket that is lost is rung again. */
const NOTICE_TIMEOUT_MS = 1_000;

/** POST /api/v1/runs: 202 as soon as the run is stored, whatever the state of the queue. */
export function createRunRoute(
  deps: Pick<AppDeps, 'db' | 'queue' | 'hints' | 'log'>,
): RequestHandler {
  return async (req, res) => {
    const run = await createRun(deps.db, parseCreateRun(req.body));
    await tellRunners(deps, run);
    const answer: CreateRunAnswer = { run_id: run.id, status: 'pending' };
    res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
  };
}

async function tellRunners(
  deps: Pick<AppDeps, 'queue' | 'hints' | 'log'>,
  run: CreatedRun,
): Promise<void> {
  const told = Promise.all([
    deps.queue.ring({ runId: run.id, attempt: 1, priority: run.priority, pool: run.pool }),
    deps.hints.publish({ kind: 'moved', runId: run.id, seq: run.seq, status: 'pending' }),
    ...run.replaced.map((one) => tellOfReplaced(deps, one)),
  ]);
  try {
    await withDeadline(told, NOTICE_TIMEOUT_MS);
  } catch (error) {
    deps.log.warn({ err: coerceError(error), run_id: run.id }, 'ticket not rung');
  }
}

async function tellOfReplaced(
  { hints }: Pick<AppDeps, 'hints'>,
  { runId, status, seq }: ReplacedRun,
): Promise<void> {
  if (status === 'cancelled') {
    await hints.publish({ kind: 'moved', runId, seq, status });
    return;
  }
  await hints.publish({ kind: 'cancel_requested', runId });
  await hints.publish({ kind: 'moved', runId, seq });
}
