import { enqueueNext } from '@rat/dispatch';
import {
  decideSettlement,
  formatRef,
  type Failure,
  type RunStatus,
  type Settlement,
} from '@rat/domain';
import { rethrowIfAborted, waitFor } from '@rat/runtime';
import {
  completeRun,
  countCrashes,
  isDatabaseDown,
  keepColumnLineage,
  settleAttempt,
  type ClaimedRun,
  type SettleAnswer,
} from '@rat/store';
import { archiveLandingZones } from '../table-commit/archive-landing-zones.ts';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { retryDelayMs, runTable } from '../attempt-contract/claimed-run.ts';
import { discardAttempt, discardRun } from '../table-commit/discard-attempt.ts';
import type { AttemptResult } from './execute-attempt.ts';
import type { AttemptHandle } from '../attempt-contract/active-attempts.ts';
import { giveUpAttempt } from './give-up-attempt.ts';
import { knownFailure } from './known-failure.ts';
import { publishTable } from './publish-table.ts';
import type { RunResult } from './run-result.ts';
import { conflict } from './stage-branch.ts';

const SETTLE_RETRY_MS = 500;

/**
 * Ends the attempt as its outcome demands: publish, fail, retry, cancel, or return to the queue.
 * Then enqueues the next waiting run. Undefined: the attempt was no longer ours to settle.
 */
export async function settleRun(
  deps: AttemptDeps,
  run: ClaimedRun,
  hold: AttemptHandle,
  result: AttemptResult,
): Promise<SettledRun | undefined> {
  const crashes = await earlierCrashes(deps, run, hold, result);
  const settlement = decide(deps, run, result.outcome, crashes);
  const isQuarantined = settlement.kind === 'fail' && settlement.failure.code === 'quality_failed';
  // Drop the branch of a run that will not be published before the run is settled: only under our
  // lease is the branch safe from a later attempt.
  const isDiscarded =
    settlement.kind !== 'succeed' &&
    !isQuarantined &&
    !hold.lost.aborted &&
    (await tryDiscard(deps, () => discardAttempt(deps, run)));
  const toStore = { ...result, needsCleanup: !isDiscarded };
  const { answer, settled } = await settleUntilLost(deps, run, hold, settlement, toStore);
  if (answer?.kind !== 'settled') {
    deps.log.warn('attempt was no longer ours to settle');
    await giveUpAttempt(deps, run, result.end);
    return undefined;
  }
  deps.log.info({ status: answer.status }, 'run settled');
  const { status, seq } = answer;
  const published = deps.hints.publish({ kind: 'moved', runId: run.id, seq, status });
  if (status === 'success') {
    await tryArchive(deps, run);
    await tryKeepColumns(deps, run, result.columns);
  }
  // From the stored answer, not from `settlement`: a publish that lost to another writer is retried
  // too.
  const { nextAttempt, retryDelayMs: delayMs } = answer;
  if (delayMs !== undefined) await enqueueLater(deps, run, nextAttempt, delayMs);
  await enqueueNext(deps, run.id);
  await published;
  // The run ended unpublished after all: a late cancel, or a concurrent commit. Its branch can be
  // dropped only now, because a requested cancel fences the branch. If this runner dies here, the
  // cleanup mark lets any runner finish.
  if (answer.needsCleanup) await tryDiscard(deps, () => discardRun(deps, runTable(run), run.id));
  return { status, failure: failureOf(settled), rowsWritten: rowsOf(settled) };
}

/** How an attempt ended, in the words of the database: a cancel overrides what was decided here. */
export interface SettledRun {
  status: RunStatus;
  failure: Failure | undefined;
  /** Undefined when the run publishes no table. */
  rowsWritten: number | undefined;
}

function failureOf(settlement: Settlement<RunResult>): Failure | undefined {
  return 'failure' in settlement ? settlement.failure : undefined;
}

function rowsOf(settlement: Settlement<RunResult>): number | undefined {
  if (settlement.kind !== 'succeed' || settlement.publication.kind !== 'publish') return undefined;
  return settlement.publication.request.rows;
}

/**
 * Counts only for an attempt that crashed. Returns 0 when the lease expires before the database
 * answers.
 */
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
    // The settling statement checks for a requested cancel itself, and it overrides this decision.
    cancelRequested: false,
    retryDelayMs: retryDelayMs(run),
    random: Math.random(),
  });
}

/** The facts of an attempt that are stored with its outcome. */
type AttemptFacts = Pick<
  AttemptResult,
  'phases' | 'quality' | 'end' | 'inputSnapshots' | 'executedSql'
> & {
  needsCleanup: boolean;
};

/** The failure of an attempt whose true outcome the database refused. */
const UNSETTLED: Failure = {
  code: 'internal',
  message: 'the outcome of this run could not be settled',
};

/**
 * Retries while Postgres is unreachable and the lease may still be ours; then returns undefined.
 * When a statement settled the attempt but its answer was lost, the retry finds the attempt fenced,
 * which is correct. Any other error would repeat for ever, so the attempt fails with it. When the
 * database refuses that too, the lease expires and the rescue decides.
 */
async function settleUntilLost(
  deps: AttemptDeps,
  run: ClaimedRun,
  hold: AttemptHandle,
  settlement: Settlement<RunResult>,
  result: AttemptFacts,
): Promise<StoredSettlement> {
  let [toSettle, facts]: [Settlement<RunResult>, AttemptFacts] = [settlement, result];
  while (!hold.lost.aborted) {
    try {
      return await settleOnce(deps, run, toSettle, facts);
    } catch (err) {
      if (isDatabaseDown(err)) {
        deps.log.warn({ err }, 'settlement failed, trying again');
        await waitFor(SETTLE_RETRY_MS, hold.lost);
        continue;
      }
      deps.log.error({ err }, 'settlement refused');
      if (facts !== result) break;
      const failure = knownFailure(err, runTable(run), 'publish') ?? UNSETTLED;
      const { end, needsCleanup } = result;
      facts = {
        phases: [],
        quality: [],
        end,
        inputSnapshots: undefined,
        executedSql: undefined,
        needsCleanup,
      };
      toSettle = decide(deps, run, { kind: 'failure', failure });
    }
  }
  return { answer: undefined, settled: toSettle };
}

/** The database's answer, and the settlement that it stored: a lost publish is another one than decided. */
interface StoredSettlement {
  answer: SettleAnswer | undefined;
  settled: Settlement<RunResult>;
}

async function settleOnce(
  deps: AttemptDeps,
  run: ClaimedRun,
  settlement: Settlement<RunResult>,
  { phases, quality, end, inputSnapshots, executedSql, needsCleanup }: AttemptFacts,
): Promise<StoredSettlement> {
  const stored = (answer: SettleAnswer, settled = settlement): StoredSettlement => ({
    answer,
    settled,
  });
  const key = { runId: run.id, attempt: run.attempt };
  if (settlement.kind !== 'succeed') {
    const facts = { quality, end, inputSnapshots, executedSql, needsCleanup };
    return stored(await settleAttempt(deps.db, key, { ...settlement, ...facts }, phases));
  }
  const { publication } = settlement;
  switch (publication.kind) {
    case 'audited':
    case 'skipped':
      return stored(await completeRun(deps.db, key, { quality, end, inputSnapshots }, phases));
    case 'maintained': {
      const completion = { maintenance: publication.report, quality, end };
      return stored(await completeRun(deps.db, key, completion, phases));
    }
    case 'publish': {
      const request = { ...publication.request, quality, end, executedSql };
      const answer = await publishTable(deps, run, request, phases);
      if (answer.kind !== 'conflict') return stored(answer);
      const failed = decide(deps, run, { kind: 'failure', failure: conflict('publish') });
      if (failed.kind === 'succeed') throw new Error('a failure was decided to be a success');
      const facts = { quality, end, inputSnapshots, executedSql, needsCleanup };
      const settled = await settleAttempt(deps.db, key, { ...failed, ...facts }, phases);
      return stored(settled, failed);
    }
  }
}

async function enqueueLater(
  deps: AttemptDeps,
  run: ClaimedRun,
  attempt: number,
  delayMs: number,
): Promise<void> {
  try {
    const { id: runId, priority, pool, trigger } = run;
    const pipeline = formatRef(runTable(run));
    await deps.queue.enqueue({ runId, attempt, priority, pool, pipeline, trigger }, delayMs);
  } catch (err) {
    deps.log.warn({ err }, 'ticket not enqueued, the rescue will enqueue it');
  }
}

/**
 * An error here does not change the run, which has ended. The background job `finish-archives`
 * moves the files that are still due.
 */
async function tryArchive(deps: AttemptDeps, run: ClaimedRun): Promise<void> {
  try {
    await archiveLandingZones(deps, run.id);
  } catch (err) {
    rethrowIfAborted(err);
    deps.log.warn({ err }, 'landing files not archived yet');
  }
}

/** The run has ended, and its lineage is not worth a failure: a later run of the version keeps it. */
async function tryKeepColumns(
  deps: AttemptDeps,
  run: ClaimedRun,
  columns: AttemptResult['columns'],
): Promise<void> {
  if (columns === undefined) return;
  try {
    await keepColumnLineage(deps.db, run.id, columns);
  } catch (err) {
    rethrowIfAborted(err);
    deps.log.warn({ err }, 'lineage of columns not kept');
  }
}

/** Returns whether the removal succeeded. */
async function tryDiscard(deps: AttemptDeps, discard: () => Promise<void>): Promise<boolean> {
  try {
    await discard();
    return true;
  } catch (err) {
    rethrowIfAborted(err);
    deps.log.warn({ err }, 'run not cleaned up');
    return false;
  }
}
