import { claimNext, type DeliveredTicket } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { executeAttempt } from './execute-attempt.ts';
import { settleRun } from './settle-run.ts';

/**
 * One delivery of one ticket: claim, execute, settle.
 *
 * A ticket is a chance for its pool: the store decides which waiting run gets the slot, by the turns of the namespaces.
 * A run whose pipeline is busy is rung when its turn comes. A throw means that Postgres could not be asked: the run is
 * still pending and is rung again, or the claim was made and its answer lost. The lease then expires and brings it back.
 */
export async function processRun(deps: AttemptDeps, ticket: DeliveredTicket): Promise<void> {
  const claimSentAt = performance.now();
  const run = await claimNext(deps.db, ticket, {
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
