/** The steps of one attempt, in order. */
export const PHASES = ['branch', 'detect', 'build', 'write', 'quality', 'publish'] as const;

/**
 * - `branch`: pins the table's current state, from which the run's own branch starts.
 * - `detect`: compiles the template, finds its inputs and pins them.
 * - `build`: closes the sandbox around the inputs and runs all statements but the last one.
 * - `write`: writes the last statement's rows as Parquet, as a snapshot on the run's branch.
 * - `quality`: runs the pipeline's quality tests against the branch.
 * - `publish`: moves main to the branch's snapshot, in one transaction with `success`.
 */
export type Phase = (typeof PHASES)[number];

/** The record of one phase. `rows` and `bytes` are set where the phase produced any. */
export interface PhaseRecord {
  name: Phase;
  status: 'success' | 'failed' | 'cancelled';
  started_at: string;
  duration_ms: number;
  rows?: number | undefined;
  bytes?: number | undefined;
}
