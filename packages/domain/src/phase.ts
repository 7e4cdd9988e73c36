/** The steps of one attempt, in order. */
export const PHASES = ['branch', 'detect', 'build', 'write', 'quality', 'publish'] as const;

/**
 * - `branch`: the table's current state is pinned; the run will write to a branch of its own that begins there.
 * - `detect`: the template is compiled and its inputs are found and pinned.
 * - `build`: the sandbox is closed around the inputs; statements before the last one run.
 * - `write`: the last statement's rows are written as Parquet and become a snapshot on the run's branch.
 * - `quality`: the pipeline's tests read the branch.
 * - `publish`: main becomes what the branch is, in one transaction with `success`.
 */
export type Phase = (typeof PHASES)[number];

/** How one phase went. `rows` and `bytes` stand where the phase produced any. */
export interface PhaseRecord {
  name: Phase;
  status: 'success' | 'failed' | 'cancelled';
  started_at: string;
  duration_ms: number;
  rows?: number | undefined;
  bytes?: number | undefined;
}
