import type { QualityResult } from '@rat/domain';
import { storableJson } from '../db/storable.ts';

/** The quality results of an attempt, for the statement that ends it. */
export interface Audited {
  quality?: readonly QualityResult[] | undefined;
}

/** The value of the parameter of `recordQualityResults`. */
export function toQualityRows(results: readonly QualityResult[] = []): string {
  return storableJson(
    results.map(({ durationMs, ...result }) => ({ ...result, duration_ms: durationMs })),
  );
}

/**
 * The CTE of a settling statement that stores the quality results. It reads the row which the CTE
 * `settled` returns, so a fenced attempt stores nothing. An attempt that is retried stores nothing
 * either: a run has one result per test. If two results have the same name, which no definition
 * allows, the first is stored.
 */
export function recordQualityResults(parameter: `$${number}` | `:${string}`): string {
  return `recorded AS (
      INSERT INTO quality_results (
        run_id,
        test_name,
        attempt,
        namespace,
        layer,
        pipeline,
        severity,
        status,
        description,
        tags,
        remediation,
        violations,
        sample,
        duration_ms,
        message,
        recorded_at
      )
      SELECT
        s.id,
        q.name,
        s.attempt,
        s.namespace,
        s.layer,
        s.pipeline,
        q.severity,
        q.status,
        q.description,
        q.tags,
        q.remediation,
        q.violations,
        q.sample,
        q.duration_ms,
        q.message,
        now()
      FROM
        settled s,
        jsonb_to_recordset(${parameter}::jsonb) AS q(
          name text,
          severity text,
          status text,
          description text,
          tags jsonb,
          remediation text,
          violations bigint,
          sample jsonb,
          duration_ms bigint,
          message text
        )
      WHERE s.status <> 'pending'
      ON CONFLICT DO NOTHING
    )`;
}
