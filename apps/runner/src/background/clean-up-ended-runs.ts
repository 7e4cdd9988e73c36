import { coerceError, type BackgroundJob } from '@rat/runtime';
import { findRunsToCleanUp } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { discardRun } from '../table-commit/discard-attempt.ts';
import { RetrySchedule } from './retry-schedule.ts';

const EVERY_MS = 2_000;

const RUNS_A_TURN = 100;

type CleanupDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'tables' | 'log'>;

/**
 * Removes the branches and staged files of runs that ended unpublished, when their own runner could
 * not. Two runners may clean up the same run at once. A run whose cleanup fails is tried again after
 * a growing wait, and delays no other run.
 */
export function cleanUpEndedRuns(): BackgroundJob<CleanupDeps> {
  const schedule = newSchedule();
  return {
    name: 'clean-up-ended-runs',
    everyMs: EVERY_MS,
    run: async (deps) => {
      await cleanUpOnce(deps, schedule, performance.now());
    },
  };
}

/** When a failed cleanup is tried again. */
export function newSchedule(): RetrySchedule {
  return new RetrySchedule({ firstMs: EVERY_MS, longestMs: 3_600_000 });
}

/** Does one turn, and counts the runs that it cleaned up. `nowMs` is on the monotonic clock. */
export async function cleanUpOnce(
  deps: CleanupDeps,
  schedule: RetrySchedule,
  nowMs: number,
): Promise<number> {
  let cleaned = 0;
  const marked = await findRunsToCleanUp(deps.db, RUNS_A_TURN, schedule.waiting(nowMs));
  for (const { runId, table } of marked) {
    try {
      await discardRun(deps, table, runId);
      schedule.forget(runId);
      cleaned += 1;
    } catch (error) {
      const retry_in_ms = Math.round(schedule.failed(runId, nowMs, Math.random()));
      // No stack: the same failure repeats while its cause lasts.
      const reason = coerceError(error).message;
      deps.log.warn({ run_id: runId, reason, retry_in_ms }, 'ended run not cleaned up');
    }
  }
  return cleaned;
}
