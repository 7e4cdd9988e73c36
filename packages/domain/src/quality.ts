/**
 * The effect of a violated quality test on its run: `error` fails the run, `warn` only reports it.
 */
export const QUALITY_SEVERITIES = ['error', 'warn'] as const;
export type QualitySeverity = (typeof QUALITY_SEVERITIES)[number];

/**
 * `failed` and `warned`: violations under either severity. `error`: the test did not run to its
 * end.
 */
export const QUALITY_STATUSES = ['passed', 'failed', 'warned', 'error'] as const;
export type QualityStatus = (typeof QUALITY_STATUSES)[number];

/** The first violating rows, each value as text or null, long values truncated. */
export interface QualitySample {
  columns: string[];
  rows: (string | null)[][];
}

/** The result of one quality test of one attempt. */
export interface QualityResult {
  name: string;
  severity: QualitySeverity;
  status: QualityStatus;
  description?: string | undefined;
  tags: string[];
  remediation?: string | undefined;
  /** Undefined for a test that did not run to its end. */
  violations?: number | undefined;
  sample: QualitySample;
  durationMs: number;
  /** The error of a test whose status is `error`. */
  message?: string | undefined;
}
