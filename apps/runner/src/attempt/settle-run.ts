import { enqueueNext } from '@rat/dispatch';
import { decideSettlement, type Failure, type Settlement } from '@rat/domain';
import { rethrowIfAborted, waitFor } from '@rat/runtime';
import {
  completeRun,
  completeReceipt,
  countCrashes,
  findRun,
  isDatabaseDown,
  settleAttempt,
  type ClaimedRun,
  type ExecutionEnd,
  type SettleAnswer,
} from '@rat/store';
import { archiveLandingZones } from '../table-commit/archive-landing-zones.ts';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { retryDelayMs, runTable } from '../attempt-contract/claimed-run.ts';
import { discardAttempt, discardRun } from '../table-commit/discard-attempt.ts';
import type { AttemptResult } from './execute-attempt.ts';
import type { AttemptHandle } from '../attempt-contract/active-attempts.ts';
import { knownFailure } from './known-failure.ts';
import { pauseBeforeRetry } from '../table-commit/pause-before-retry.ts';
import { publishTable } from './publish-table.ts';
import type { RunResult } from './run-result.ts';
import { conflict } from './stage-branch.ts';

const SETTLE_RETRY_MS = 500;

const CONFIRM_TRIES = 5;

/** Ends the attempt as its outcome demands: publish, fail, retry, cancel, or give back. Then wakes whoever waits. */
export async function settleRun(
  deps: AttemptDeps,
  run: ClaimedRun,
  hold: AttemptHandle,
  result: AttemptResult,
): Promise<void> {
  const crashes = await earlierCrashes(deps, run, hold, result);
  const settlement = decide(deps, run, result.outcome, crashes);
  const isQuarantined = settlement.kind === 'fail' && settlement.failure.code === 'quality_failed';
  // While the lease is ours nobody else uses the branch: what will not be published goes first, and only then the run.
  const isDiscarded =
    settlement.kind !== 'succeed' &&
    !isQuarantined &&
    !hold.lost.aborted &&
    (await tryDiscard(deps, () => discardAttempt(deps, run)));
  const toStore = { ...result, needsCleanup: !isDiscarded };
  const answer = await settleUntilLost(deps, run, hold, settlement, toStore);
  if (answer?.kind !== 'settled') {
    deps.log.warn('attempt was no longer ours to settle');
    await confirmStop(deps, run, result.end);
    await discardLost(deps, run);
    return;
  }
  deps.log.info({ status: answer.status }, 'run settled');
  const { status, seq } = answer;
  const told = deps.hints.publish({ kind: 'moved', runId: run.id, seq, status });
  if (status === 'success') await tryArchive(deps, run);
  // Not by what was decided first: a publish that another writer made impossible is tried again, too.
  const { nextAttempt, retryDelayMs: delayMs } = answer;
  if (delayMs !== undefined) await ringLater(deps, run, nextAttempt, delayMs);
  await enqueueNext(deps, run.id);
  await told;
  // What was to be published, or kept, and then was not: a cancel came in the last moment, or a writer in between. And
  // once a cancel is requested the fence keeps a branch as it is, so a cancelled run's goes only now. When this runner
  // does not come to it, another one finds the mark.
  if (answer.needsCleanup) await tryDiscard(deps, () => discardRun(deps, runTable(run), run.id));
}

/** Asked only when the attempt crashed; 0 when the lease runs out before the database answers. */
async function earlierCrashes(
  deps: AttemptDeps,
  run: ClaimedRun,
  hold: AttemptHandle,
  { outcome }: AttemptResult,
): Promise<number> {
  if (outcome.kind !== 'failure' || outcome.failure.crash === undefined) return 0;
  while (!hold.lost.aborted) {
    try {
      return await countCrashes(deps.db, { runId: run.id, attempt: run.attempt });
    } catch (err) {
      if (!isDatabaseDown(err)) throw err;
      deps.log.warn({ err }, 'crashes not counted, trying again');
      await waitFor(SETTLE_RETRY_MS, hold.lost);
    }
  }
  return 0;
}

function decide(
  { limits }: Pick<AttemptDeps, 'limits'>,
  run: ClaimedRun,
  outcome: AttemptResult['outcome'],
  crashes = 0,
): Settlement<RunResult> {
  return decideSettlement(outcome, {
    attempt: run.attempt,
    interruptions: run.interruptions,
    maxAttempts: Math.min(run.maxAttempts, 1 + limits.maxRetries),
    earlierCrashes: crashes,
    // Whether one was requested meanwhile is for the statement to see; it then cancels whatever was decided here.
    cancelRequested: false,
    retryDelayMs: retryDelayMs(run),
    random: Math.random(),
  });
}

/** What is stored of an attempt beside its outcome. */
type Told = Pick<AttemptResult, 'phases' | 'quality' | 'end' | 'inputSnapshots'> & {
  needsCleanup: boolean;
};

/** What an attempt comes to whose true outcome could not be settled. */
const UNSETTLED: Failure = {
  code: 'internal',
  message: 'the outcome of this run could not be settled',
};

/**
 * Tries again while Postgres is away and the lease may still be ours; undefined when it may not. An attempt that was
 * settled by a statement whose answer got lost is then found fenced, which is the truth. Any other error would come
 * again for ever: the attempt fails with that, and when even that is refused, its lease runs out and the rescue decides.
 */
async function settleUntilLost(
  deps: AttemptDeps,
  run: ClaimedRun,
  hold: AttemptHandle,
  settlement: Settlement<RunResult>,
  result: Told,
): Promise<SettleAnswer | undefined> {
  let [toSettle, told]: [Settlement<RunResult>, Told] = [settlement, result];
  while (!hold.lost.aborted) {
    try {
      return await settleOnce(deps, run, toSettle, told);
    } catch (err) {
      if (isDatabaseDown(err)) {
        deps.log.warn({ err }, 'settlement failed, trying again');
        await waitFor(SETTLE_RETRY_MS, hold.lost);
        continue;
      }
      deps.log.error({ err }, 'settlement refused');
      if (told !== result) return undefined;
      const failure = knownFailure(err, runTable(run), 'publish') ?? UNSETTLED;
      const { end, needsCleanup } = result;
      told = { phases: [], quality: [], end, inputSnapshots: undefined, needsCleanup };
      toSettle = decide(deps, run, { kind: 'failure', failure });
    }
  }
  return undefined;
}

async function settleOnce(
  deps: AttemptDeps,
  run: ClaimedRun,
  settlement: Settlement<RunResult>,
  { phases, quality, end, inputSnapshots, needsCleanup }: Told,
): Promise<SettleAnswer> {
  const key = { runId: run.id, attempt: run.attempt };
  if (settlement.kind !== 'succeed') {
    const facts = { quality, end, inputSnapshots, needsCleanup };
    return settleAttempt(deps.db, key, { ...settlement, ...facts }, phases);
  }
  const { publication } = settlement;
  switch (publication.kind) {
    case 'audited':
      return completeRun(deps.db, key, { quality, end, inputSnapshots }, phases);
    case 'maintained':
      return completeRun(deps.db, key, { maintenance: publication.report, quality, end }, phases);
    case 'publish': {
      const request = { ...publication.request, quality, end };
      const answer = await publishTable(deps, run, request, phases);
      if (answer.kind !== 'conflict') return answer;
      const failed = decide(deps, run, { kind: 'failure', failure: conflict('publish') });
      if (failed.kind === 'succeed') throw new Error('a failure was decided to be a success');
      const facts = { quality, end, inputSnapshots, needsCleanup };
      return settleAttempt(deps.db, key, { ...failed, ...facts }, phases);
    }
  }
}

/**
 * Says of a run that was cancelled over our head when it really stopped. Tried for as long as an outage may take that is
 * over soon; afterwards the receipt stays open while this runner lives.
 */
async function confirmStop(deps: AttemptDeps, run: ClaimedRun, end: ExecutionEnd): Promise<void> {
  const held = { runId: run.id, attempt: run.attempt };
  for (let tries = 1; ; tries += 1) {
    try {
      await completeReceipt(deps.db, held, end);
      return;
    } catch (err) {
      if (!isDatabaseDown(err) || tries === CONFIRM_TRIES) {
        deps.log.warn({ err }, 'stop not confirmed');
        return;
      }
      await pauseBeforeRetry(tries);
    }
  }
}

async function ringLater(
  deps: AttemptDeps,
  run: ClaimedRun,
  attempt: number,
  delayMs: number,
): Promise<void> {
  try {
    const { id: runId, priority, pool } = run;
    await deps.queue.enqueue({ runId, attempt, priority, pool }, delayMs);
  } catch (err) {
    deps.log.warn({ err }, 'ring failed, the rescue will ring');
  }
}

/** The run has ended whatever comes of this; what is left due is for the rescue loop. */
async function tryArchive(deps: AttemptDeps, run: ClaimedRun): Promise<void> {
  try {
    await archiveLandingZones(deps, run.id);
  } catch (err) {
    rethrowIfAborted(err);
    deps.log.warn({ err }, 'landing files not archived yet');
  }
}

/** Whether it worked. */
async function tryDiscard(deps: AttemptDeps, discard: () => Promise<void>): Promise<boolean> {
  try {
    await discard();
    return true;
  } catch (err) {
    rethrowIfAborted(err);
    deps.log.warn({ err }, 'what the run left could not be removed');
    return false;
  }
}

/**
 * The attempt is not ours any more, and the branch's name belongs to whoever owns the run now. Only its row says what
 * is left to do: a run that ended unpublished is cleared away; an attempt that was overtaken takes its own files; one
 * that is published after all, its answer having been lost, leaves everything, and so does one that cannot be asked.
 */
async function discardLost(deps: AttemptDeps, run: ClaimedRun): Promise<void> {
  try {
    const found = await findRun(deps.db, run.id);
    // Published after all, or in quarantine: the settlement was made, and only its answer got lost.
    const isOurs = found?.attempt === run.attempt;
    if (isOurs && (found.status === 'success' || found.failure?.code === 'quality_failed')) return;
    if (found?.status === 'cancelled') await discardRun(deps, runTable(run), run.id);
    else await deps.warehouse.discardStaging(runTable(run), run.id, run.attempt);
  } catch (err) {
    rethrowIfAborted(err);
    deps.log.warn({ err }, 'what the attempt left could not be removed');
  }
}
