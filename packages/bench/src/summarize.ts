/** The statistics of a list of measurements. All but `n` are in the unit of the measurements. */
export interface Summary {
  n: number;
  median: number;
  p95: number;
  p99: number;
  min: number;
  max: number;
}

/**
 * Median, tail and spread of measurements, in any order. A percentile is a measured value (nearest
 * rank), never an interpolated one. Throws for an empty list: such a benchmark measured nothing.
 */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new Error('nothing was measured');
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = (share: number): number =>
    // Never undefined: the index is within the list.
    sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return {
    n: sorted.length,
    median: rank(0.5),
    p95: rank(0.95),
    p99: rank(0.99),
    min: rank(0),
    max: rank(1),
  };
}
