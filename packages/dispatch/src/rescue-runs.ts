import { runJobs, type BackgroundJob } from '@rat/runtime';
import {
  confirmStops,
  expireRuns,
  foldRunCounts,
  forgetExpiredKeys,
  forgetExpiredPlans,
  rescueExpiredLeases,
  takeOverdueTickets,
} from '@rat/store';
import type { DispatchDeps } from './dispatch-deps.ts';
import { enqueueNext } from './enqueue-next.ts';

/**
 * How often a process looks for runs to repair. Every API and every runner does; the database
 * divides the work.
 */
const RESCUE_EVERY_MS = 2_000;

/**
 * A ticket that was enqueued longer ago may be lost. Enqueueing it again costs a fraction of a
 * millisecond.
 */
const OVERDUE_AFTER_MS = 4_000;

const TICKETS_A_TURN = 500;
const LEASES_A_TURN = 100;
const EXPIRED_A_TURN = 500;
const KEYS_A_TURN = 1_000;
const RECEIPTS_A_TURN = 500;
const PLANS_A_TURN = 100;
const COUNTS_A_FOLD = 10_000;

/**
 * Repairs runs periodically, until `signal` aborts:
 * - enqueues pending runs that may start and whose ticket may be lost;
 * - settles running runs whose runner died;
 * - cancels runs that did not start in time;
 * - completes the receipts of cancels that a dead runner left open;
 * - deletes expired idempotency keys and cancel plans, and folds the run counts.
 *
 * So no run depends on the memory of one process.
 */
export async function rescueRuns(deps: DispatchDeps, signal: AbortSignal): Promise<void> {
  await runJobs(RESCUE_JOBS, deps, signal);
}

const RESCUE_JOBS = [
  rescueJob('reenqueue-overdue-tickets', enqueueOverdue),
  rescueJob('settle-expired-leases', settleExpired),
  rescueJob('cancel-expired-runs', cancelExpired),
  rescueJob('complete-receipts', completeReceipts),
  rescueJob('forget-expired-keys', ({ db }) => forgetExpiredKeys(db, KEYS_A_TURN)),
  rescueJob('forget-expired-plans', ({ db }) => forgetExpiredPlans(db, PLANS_A_TURN)),
  rescueJob('fold-run-counts', foldCounts),
];

type RescueJob = BackgroundJob<DispatchDeps>;

function rescueJob(name: string, run: RescueJob['run']): RescueJob {
  return { name, everyMs: RESCUE_EVERY_MS, run };
}

async function enqueueOverdue(deps: DispatchDeps): Promise<void> {
  const overdue = await takeOverdueTickets(deps.db, {
    olderThanMs: OVERDUE_AFTER_MS,
    limit: TICKETS_A_TURN,
  });
  if (overdue.length === 0) return;
  await deps.queue.reenqueue(overdue);
  deps.observer?.enqueuedAgain(overdue.length);
}

async function settleExpired(deps: DispatchDeps): Promise<void> {
  for (const { runId, attempt, status, seq } of await rescueExpiredLeases(deps.db, LEASES_A_TURN)) {
    deps.log.warn({ run_id: runId, attempt, status }, 'stalled run rescued');
    await deps.hints.publish({ kind: 'moved', runId, seq, status });
    await enqueueNext(deps, runId);
  }
}

async function completeReceipts(deps: DispatchDeps): Promise<void> {
  const confirmed = await confirmStops(deps.db, RECEIPTS_A_TURN);
  if (confirmed > 0) deps.log.warn({ runs: confirmed }, 'cancelled runs of dead runners confirmed');
}

async function cancelExpired(deps: DispatchDeps): Promise<void> {
  for (const { runId, seq } of await expireRuns(deps.db, EXPIRED_A_TURN)) {
    deps.log.info({ run_id: runId }, 'run expired');
    await deps.hints.publish({ kind: 'moved', runId, seq, status: 'cancelled' });
    await enqueueNext(deps, runId);
  }
}

/**
 * Repeats while full batches remain: lists must not stay slow for minutes after a burst of runs.
 */
async function foldCounts(deps: DispatchDeps, signal: AbortSignal): Promise<void> {
  let folded: number;
  do {
    folded = await foldRunCounts(deps.db, COUNTS_A_FOLD);
  } while (folded === COUNTS_A_FOLD && !signal.aborted);
}
