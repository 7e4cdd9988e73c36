import type { RunTicket } from '@rat/contracts';
import { claimRun } from '@rat/store';
import type { AttemptDeps } from './attempt-deps.ts';
import { executeAttempt } from './execute-attempt.ts';
import { settleRun } from './settle-run.ts';

/**
 * One delivery of one ticket: claim, execute, settle.
 *
 * A ticket that is stale, doubled or of a cancelled run loses the claim and is done; so does one whose pipeline is busy,
 * and whose run is rung when its turn comes. A throw means that Postgres could
 * not be asked: the run is still pending and is rung again, or the claim was made and its answer lost, and the lease
 * that nobody extends brings it back.
 */
export async function processRun(deps: AttemptDeps, ticket: RunTicket): Promise<void> {
  const claimSentAt = performance.now();
  const run = await claimRun(deps.db, ticket, {
    runnerId: deps.runnerId,
    leaseMs: deps.leaseMs,
    pools: deps.pools,
  });
  if (run === undefined) return;
  const log = deps.log.child({ run_id: run.id, attempt: run.attempt });
  const hold = deps.held.hold({ runId: run.id, attempt: run.attempt }, claimSentAt);
  try {
    log.info('run started');
    // Not waited for, nor need it be the first to arrive: whoever watches goes by the seq.
    void deps.hints.publish({ kind: 'moved', runId: run.id, seq: run.seq, status: 'running' });
    const result = await executeAttempt({ ...deps, log }, run, hold);
    await settleRun({ ...deps, log }, run, hold, result);
  } finally {
    hold.release();
  }
}
