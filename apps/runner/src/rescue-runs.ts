import { repeat } from '@rat/runtime';
import { rescueExpiredLeases, takeOverdueTickets, type RescuedRun } from '@rat/store';
import { archiveLandingZones } from './archive-landing-zones.ts';
import type { AttemptDeps } from './attempt-deps.ts';
import { discardRun } from './discard-attempt.ts';

/** How often a runner looks for runs in need. Every runner does; the database shares the work among them. */
const RESCUE_EVERY_MS = 2_000;

/** A ticket that has waited this long may be lost. Ringing it once more costs a fraction of a millisecond. */
const OVERDUE_AFTER_MS = 4_000;

const TICKETS_A_TURN = 500;
const LEASES_A_TURN = 100;

export type RescueDeps = Pick<
  AttemptDeps,
  'db' | 'queue' | 'hints' | 'warehouse' | 'tables' | 'log'
>;

/**
 * The periodic repair, until `signal` aborts: pending runs whose ticket may be lost are rung again, running runs whose
 * runner died are settled in its place, landing files whose move away is due are moved. No run waits on any process's memory.
 */
export async function rescueRuns(deps: RescueDeps, signal: AbortSignal): Promise<void> {
  const turn = (name: string, work: () => Promise<void>): Promise<void> =>
    repeat(work, {
      everyMs: RESCUE_EVERY_MS,
      signal,
      onError: (err) => deps.log.warn({ err }, `${name} failed`),
    });
  await Promise.all([
    turn('rescue of tickets', () => ringOverdue(deps)),
    turn('rescue of leases', () => settleExpired(deps)),
    turn('rescue of archives', () => archiveLandingZones(deps)),
  ]);
}

async function ringOverdue(deps: RescueDeps): Promise<void> {
  const overdue = await takeOverdueTickets(deps.db, {
    olderThanMs: OVERDUE_AFTER_MS,
    limit: TICKETS_A_TURN,
  });
  if (overdue.length > 0) await deps.queue.ringAgain(overdue);
}

async function settleExpired(deps: RescueDeps): Promise<void> {
  for (const run of await rescueExpiredLeases(deps.db, LEASES_A_TURN)) {
    try {
      await tellOfRescue(deps, run);
    } catch (err) {
      deps.log.warn({ err, run_id: run.runId }, 'rescued run not followed up');
    }
  }
}

async function tellOfRescue(deps: RescueDeps, run: RescuedRun): Promise<void> {
  deps.log.warn(
    { run_id: run.runId, attempt: run.attempt, status: run.status },
    'stalled run rescued',
  );
  await deps.hints.publish({ kind: 'moved', runId: run.runId, seq: run.seq, status: run.status });
  if (run.status === 'pending') {
    await deps.queue.ring({ runId: run.runId, attempt: run.attempt + 1 });
  } else {
    // The run has ended without a publish, so whatever its attempts staged is nobody's.
    await discardRun(deps, run.table, run.runId);
  }
}
