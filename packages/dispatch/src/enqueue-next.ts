import { takeNextTickets } from '@rat/store';
import type { DispatchDeps } from './dispatch-deps.ts';

/**
 * Rings for whoever waits for the pipeline of a run that has just left its slot or its line. Call it after the commit.
 * Never throws: the rescue finds what was not rung.
 */
export async function enqueueNext(
  deps: Pick<DispatchDeps, 'db' | 'queue' | 'log'>,
  runId: string,
): Promise<void> {
  try {
    const due = await takeNextTickets(deps.db, runId);
    if (due.length > 0) await deps.queue.enqueueNext(due);
  } catch (err) {
    deps.log.warn({ err, run_id: runId }, 'next run not rung, the rescue will ring');
  }
}
