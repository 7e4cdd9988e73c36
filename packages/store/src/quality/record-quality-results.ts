import type { QualityResult } from '@rat/domain';
import { storableJson } from '../db/storable.ts';

/** What the tests of an attempt found, for the statement that ends it. */
export interface Audited {
  quality?: readonly QualityResult[] | undefined;
}

/** The parameter of `recordQualityResults`. */
export function toQualityRows(results: readonly QualityResult[] = []): string {
  return storableJson(
    results.map(({ durationMs, ...result }) => ({ ...result, duration_ms: durationMs })),
  );
}

/**
 * The part of a settling statement that keeps what the tests found, from the row that its part `settled` returns: a
 * fenced attempt settles nothing and so records nothing. An attempt that another one follows leaves none either, so
 * that a run has one result a test. Of results of the same name, which no definition has, the first stays.
 */
export function recordQualityResults(parameter: `$${number}`): string {
  return `recorded AS (
      INSERT INTO quality_results (run_id, test_name, attempt, namespace, layer, pipeline, severity, status, description,
        tags, remediation, violations, sample, duration_ms, message, recorded_at)
      SELECT s.id, q.name, s.attempt, s.namespace, s.layer, s.pipeline, q.severity, q.status, q.description,
        q.tags, q.remediation, q.violations, q.sample, q.duration_ms, q.message, now()
      FROM settled s, jsonb_to_recordset(${parameter}::jsonb) AS q(name text, severity text, status text,
        description text, tags jsonb, remediation text, violations bigint, sample jsonb, duration_ms bigint, message text)
      WHERE s.status <> 'pending'
      ON CONFLICT DO NOTHING
    )`;
}
