/** The steps of one attempt, in order. */
export const PHASES = ['detect', 'build', 'write', 'quality', 'publish'] as const;

/**
 * - `detect`: the template is compiled and its inputs are found and pinned.
 * - `build`: the sandbox is closed around the inputs; statements before the last one run.
 * - `write`: the last statement's rows are written as Parquet into the run's own staging folder.
 * - `quality`: the pipeline's tests read the staged rows.
 * - `publish`: the table's pointer moves to the staged files, in one transaction with `success`.
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
