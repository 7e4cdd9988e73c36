/** What becomes of a run when one of its quality tests finds violations: it fails, or only says so. */
export const QUALITY_SEVERITIES = ['error', 'warn'] as const;
export type QualitySeverity = (typeof QUALITY_SEVERITIES)[number];

/** `failed` and `warned` found violations, under either severity; `error` could not be asked, or not to the end. */
export const QUALITY_STATUSES = ['passed', 'failed', 'warned', 'error'] as const;
export type QualityStatus = (typeof QUALITY_STATUSES)[number];

/** The first rows of an answer, each value as text or null, cut where it is long. */
export interface QualitySample {
  columns: string[];
  rows: (string | null)[][];
}

/** What one quality test of one attempt came to. */
export interface QualityResult {
  name: string;
  severity: QualitySeverity;
  status: QualityStatus;
  description?: string | undefined;
  tags: string[];
  remediation?: string | undefined;
  /** Undefined for a test that could not be asked. */
  violations?: number | undefined;
  sample: QualitySample;
  durationMs: number;
  /** Why a test is `error`. */
  message?: string | undefined;
}
