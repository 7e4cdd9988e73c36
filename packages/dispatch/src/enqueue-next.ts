import { takeNextTickets } from '@rat/store';
import type { DispatchDeps } from './dispatch-deps.ts';

/**
 * Enqueues the runs that may start now because another run of their pipeline has ended or left the
 * line. Call it after the commit. Never throws: rescue enqueues what is missed.
 *
 * @example
 * const answer = await settleAttempt(db, key, settlement, phases);
 * if (answer.kind === 'settled') await enqueueNext(deps, key.runId);
 */
export async function enqueueNext(
  deps: Pick<DispatchDeps, 'db' | 'queue' | 'log'>,
  runId: string,
): Promise<void> {
  try {
    const due = await takeNextTickets(deps.db, runId);
    if (due.length > 0) await deps.queue.enqueueNext(due);
  } catch (err) {
    deps.log.warn({ err, run_id: runId }, 'next run not enqueued');
  }
}
