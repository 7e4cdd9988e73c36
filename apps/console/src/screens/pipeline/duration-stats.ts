import type { Run } from './use-newest-runs.ts';

/** What the durations of runs say together. */
export interface RunStats {
  p50Ms: number | undefined;
  p95Ms: number | undefined;
  succeeded: number;
  ended: number;
}

/** The durations of the successful runs, and how many of the ended ones succeeded. */
export function statsOf(runs: readonly Run[]): RunStats {
  const good = runs.filter(({ status }) => status === 'success');
  const times = good.flatMap(({ duration_ms: ms }) => ms ?? []).toSorted((a, b) => a - b);
  const ended = runs.filter(({ finished_at: at }) => at !== null);
  return {
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    succeeded: good.length,
    ended: ended.length,
  };
}

/** The least value that at least this part of the sorted values does not exceed. */
export function percentile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
}
