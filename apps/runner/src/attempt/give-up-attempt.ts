import { rethrowIfAborted } from '@rat/runtime';
import {
  completeReceipt,
  findRun,
  isDatabaseDown,
  type ClaimedRun,
  type ExecutionEnd,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';
import { discardRun } from '../table-commit/discard-attempt.ts';
import { pauseBeforeRetry } from '../table-commit/pause-before-retry.ts';

const CONFIRM_TRIES = 5;

/** Ends an attempt that is no longer ours to settle: confirms its stop, and removes what it wrote. */
export async function giveUpAttempt(
  deps: AttemptDeps,
  run: ClaimedRun,
  end: ExecutionEnd,
): Promise<void> {
  await confirmStop(deps, run, end);
  await discardLost(deps, run);
}

/**
 * Records when a run really stopped that a cancel ended in the database first. Retries through a
 * short outage; after that the receipt stays open while this runner lives.
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

/**
 * Cleans up after an attempt that is no longer ours. The branch's name may belong to a newer
 * attempt, so the run's row decides:
 *
 * - a cancelled run loses its branch and all its files;
 * - an overtaken attempt loses its own files;
 * - a published or quarantined run keeps everything, and so does a run whose row cannot be read.
 */
async function discardLost(deps: AttemptDeps, run: ClaimedRun): Promise<void> {
  try {
    const found = await findRun(deps.db, run.id);
    // Our settlement was committed, and only its answer was lost.
    const isOurs = found?.attempt === run.attempt;
    if (isOurs && (found.status === 'success' || found.failure?.code === 'quality_failed')) return;
    if (found?.status === 'cancelled') await discardRun(deps, runTable(run), run.id);
    else await deps.warehouse.discardStaging(runTable(run), run.id, run.attempt);
  } catch (err) {
    rethrowIfAborted(err);
    deps.log.warn({ err }, 'attempt not cleaned up');
  }
}
