import type { QualityResult, QualitySample, QualitySeverity, QualityStatus } from '@rat/domain';

/** A stored quality result and the run that it belongs to. */
export interface StoredQualityResult extends QualityResult {
  runId: string;
  attempt: number;
  /** When the run ended. */
  recordedAt: Date;
}

/** A row of `quality_results` as the statements of this room select it. */
export interface QualityRow {
  run_id: string;
  test_name: string;
  attempt: number;
  severity: QualitySeverity;
  status: QualityStatus;
  description: string | null;
  tags: string[];
  remediation: string | null;
  violations: number | null;
  sample: QualitySample;
  duration_ms: number;
  message: string | null;
  recorded_at: Date;
}

/** The columns of a QualityRow, for `quality_results q`. */
export const QUALITY_COLUMNS = `
  q.run_id,
  q.test_name,
  q.attempt,
  q.severity,
  q.status,
  q.description,
  q.tags,
  q.remediation,
  q.violations,
  q.sample,
  q.duration_ms,
  q.message,
  q.recorded_at`;

export function toQualityResult(row: QualityRow): StoredQualityResult {
  return {
    runId: row.run_id,
    attempt: row.attempt,
    recordedAt: row.recorded_at,
    name: row.test_name,
    severity: row.severity,
    status: row.status,
    description: row.description ?? undefined,
    tags: row.tags,
    remediation: row.remediation ?? undefined,
    violations: row.violations ?? undefined,
    sample: row.sample,
    durationMs: row.duration_ms,
    message: row.message ?? undefined,
  };
}
