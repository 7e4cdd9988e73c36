import type { RunTicket } from '@rat/contracts';
import { decideSettlement, type AttemptOutcome, type Settlement } from '@rat/domain';
import { rethrowIfAborted, waitFor } from '@rat/runtime';
import {
  claimRun,
  findRun,
  settleAttempt,
  type ClaimedRun,
  type Publication,
  type SettleAnswer,
} from '@rat/store';
import { executeAttempt, type AttemptDeps, type AttemptResult } from './execute-attempt.ts';
import type { Hold } from './held-runs.ts';
import { retryDelayMs, runTable } from './claimed-run.ts';

const SETTLE_RETRY_MS = 500;

export interface ProcessRunDeps extends AttemptDeps {
  runnerId: string;
  leaseMs: number;
}

/**
 * One delivery of one ticket: claim, execute, settle.
 *
 * A ticket that is stale, doubled or of a cancelled run loses the claim and is done. A throw means that Postgres could
 * not be reached before the claim; the run is still pending and is rung again.
 */
export async function processRun(deps: ProcessRunDeps, ticket: RunTicket): Promise<void> {
  const claimSentAt = performance.now();
  const run = await claimRun(deps.db, ticket, { runnerId: deps.runnerId, leaseMs: deps.leaseMs });
  if (run === undefined) return;
  const log = deps.log.child({ run_id: run.id, attempt: run.attempt });
  const hold = deps.held.hold({ runId: run.id, attempt: run.attempt }, claimSentAt);
  try {
    log.info('run started');
    await deps.hints.publish({ kind: 'moved', runId: run.id, seq: run.seq, status: 'running' });
    const result = await executeAttempt({ ...deps, log }, run, hold);
    await settle({ ...deps, log }, run, hold, result);
  } finally {
    hold.release();
  }
}

async function settle(
  deps: ProcessRunDeps,
  run: ClaimedRun,
  hold: Hold,
  result: AttemptResult,
): Promise<void> {
  const settlement = decide(run, result.outcome);
  const answer = await settleUntilLost(deps, run, hold, settlement, result);
  if (answer?.kind === 'settled') {
    deps.log.info({ status: answer.status }, 'run settled');
    await deps.hints.publish({
      kind: 'moved',
      runId: run.id,
      seq: answer.seq,
      status: answer.status,
    });
    if (answer.status === 'pending') await ringNext(deps, run, answer.nextAttempt, settlement);
  } else {
    deps.log.warn('attempt was no longer ours to settle');
  }
  await discardUnlessPublished(deps, run, answer);
}

function decide(run: ClaimedRun, outcome: AttemptOutcome<Publication>): Settlement<Publication> {
  return decideSettlement(outcome, {
    attempt: run.attempt,
    interruptions: run.interruptions,
    maxAttempts: run.maxAttempts,
    // Whether one was requested meanwhile is for the statement to see; it then cancels whatever was decided here.
    cancelRequested: false,
    retryDelayMs: retryDelayMs(run),
    random: Math.random(),
  });
}

/**
 * Tries again while Postgres is away and the lease may still be ours; undefined when it may not. An attempt that was
 * settled by a statement whose answer got lost is then found fenced, which is the truth.
 */
async function settleUntilLost(
  deps: ProcessRunDeps,
  run: ClaimedRun,
  hold: Hold,
  settlement: Settlement<Publication>,
  result: AttemptResult,
): Promise<SettleAnswer | undefined> {
  const key = { runId: run.id, attempt: run.attempt };
  while (!hold.lost.aborted) {
    try {
      return await settleAttempt(deps.db, key, settlement, result.phases);
    } catch (err) {
      deps.log.warn({ err }, 'settlement failed, trying again');
      await waitFor(SETTLE_RETRY_MS, hold.lost);
    }
  }
  return undefined;
}

async function ringNext(
  deps: ProcessRunDeps,
  run: ClaimedRun,
  attempt: number,
  settlement: Settlement<Publication>,
): Promise<void> {
  try {
    const delayMs = settlement.kind === 'retry' ? settlement.delayMs : 0;
    await deps.queue.ring({ runId: run.id, attempt }, delayMs);
  } catch (err) {
    deps.log.warn({ err }, 'ring failed, the rescue loop will ring');
  }
}

/**
 * Removes what the attempt staged, unless it is, or may be, the table's data now: when the answer to the publish was
 * lost, only the run's row knows. When the row cannot be read either, the files stay.
 */
async function discardUnlessPublished(
  deps: ProcessRunDeps,
  run: ClaimedRun,
  answer: SettleAnswer | undefined,
): Promise<void> {
  if (answer?.kind === 'settled' && answer.status === 'success') return;
  try {
    if (answer?.kind !== 'settled') {
      const found = await findRun(deps.db, run.id);
      if (found?.status === 'success' && found.attempt === run.attempt) return;
    }
    await deps.warehouse.discardStaging(runTable(run), run.id, run.attempt);
  } catch (err) {
    rethrowIfAborted(err);
    deps.log.warn({ err }, 'staged files not removed');
  }
}
