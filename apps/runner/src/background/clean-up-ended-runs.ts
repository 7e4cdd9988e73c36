import { coerceError, repeat } from '@rat/runtime';
import { findRunsToCleanUp } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { discardRun } from '../table-commit/discard-attempt.ts';
import { RetrySchedule } from '../attempt/retry-schedule.ts';

const CLEAR_EVERY_MS = 2_000;

const RUNS_A_TURN = 100;

export type LeftoverDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'tables' | 'log'>;

/**
 * Removes, until `signal` aborts, what runs left that ended without their runner. Such a run has ended without a publish, so
 * no reader needs the files that its attempts staged. Two runners at once do no harm. A run whose removal fails is tried again ever
 * more rarely, and holds up no other one.
 */
export async function cleanUpEndedRuns(deps: LeftoverDeps, signal: AbortSignal): Promise<void> {
  const schedule = new RetrySchedule({ firstMs: CLEAR_EVERY_MS, longestMs: 3_600_000 });
  await repeat(() => clearOnce(deps, schedule, performance.now()), {
    everyMs: CLEAR_EVERY_MS,
    signal,
    onError: (err) => deps.log.warn({ err }, 'search for leftovers failed'),
  });
}

/** One turn. */
export async function clearOnce(
  deps: LeftoverDeps,
  schedule: RetrySchedule,
  nowMs: number,
): Promise<void> {
  const left = await findRunsToCleanUp(deps.db, RUNS_A_TURN, schedule.waiting(nowMs));
  for (const { runId, table } of left) {
    try {
      await discardRun(deps, table, runId);
      schedule.forget(runId);
    } catch (error) {
      const retry_in_ms = Math.round(schedule.failed(runId, nowMs, Math.random()));
      // One line and no stack: the same failure repeats for as long as its cause stays.
      const reason = coerceError(error).message;
      deps.log.warn({ run_id: runId, reason, retry_in_ms }, 'leftovers not removed');
    }
  }
}
