import { claimNext, type DeliveredTicket } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { executeAttempt } from './execute-attempt.ts';
import { settleRun } from './settle-run.ts';

/**
 * Handles one delivery of one ticket: claim, execute, settle.
 *
 * A ticket wakes its pool rather than one run: the store decides which waiting run takes the slot,
 * so that namespaces take turns. Stale, duplicate and cancelled deliveries lose the claim and are
 * acknowledged. A delivery whose pipeline is at its concurrency limit is acknowledged too; its run
 * is enqueued again when a slot frees.
 *
 * If this throws, Postgres was unreachable: the run is still pending, or its lease will expire. The
 * rescue handles both.
 */
export async function processRun(deps: AttemptDeps, ticket: DeliveredTicket): Promise<void> {
  const claimSentAt = performance.now();
  const { runnerId, leaseMs, pools } = deps;
  const run = await claimNext(deps.db, ticket, { runnerId, leaseMs, pools });
  if (run === undefined) return;
  const attempt = { runId: run.id, attempt: run.attempt };
  const hold = deps.held.hold(attempt, claimSentAt);
  const log = deps.log.child({ run_id: run.id, attempt: run.attempt });
  try {
    log.info('run started');
    // Fire and forget: watchers order rows by seq, so a late or lost hint does no harm.
    void deps.hints.publish({ kind: 'moved', runId: run.id, seq: run.seq, status: 'running' });
    const result = await executeAttempt({ ...deps, log }, run, hold);
    await settleRun({ ...deps, log }, run, hold, result);
  } finally {
    hold.release();
  }
}
