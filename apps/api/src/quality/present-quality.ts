import type { QualityHistoryEntry, QualityResultResponse } from '@rat/contracts';
import type { QualityResult } from '@rat/domain';
import type { StoredQualityResult } from '@rat/store';

/** A test result in the response of a run's quality. */
export function presentQualityResult(result: QualityResult): QualityResultResponse {
  return {
    name: result.name,
    severity: result.severity,
    status: result.status,
    description: result.description ?? null,
    tags: result.tags,
    remediation: result.remediation ?? null,
    violations: result.violations ?? null,
    sample: { columns: result.sample.columns, rows: result.sample.rows },
    duration_ms: result.durationMs,
    message: result.message ?? null,
  };
}

/** A test result in the response of a test's history. */
export function presentHistoryEntry(result: StoredQualityResult): QualityHistoryEntry {
  return {
    run_id: result.runId,
    attempt: result.attempt,
    at: result.recordedAt.toISOString(),
    ...presentQualityResult(result),
  };
}
