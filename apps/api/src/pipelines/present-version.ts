import {
  pipelineConfig,
  qualityTest,
  type VersionDetail,
  type VersionSummary,
} from '@rat/contracts';
import type { VersionRow, VersionSummaryRow } from '@rat/store';
import { z } from 'zod';

/** A version as an element of a list. */
export function presentVersion(row: VersionSummaryRow): VersionSummary {
  return {
    version: row.version,
    author: row.author ?? null,
    message: row.message ?? null,
    created_at: row.createdAt.toISOString(),
    content_hash: row.contentHash,
    is_current: row.isCurrent,
    runs: row.runs,
  };
}

/** A version with its files. */
export function presentVersionDetail(row: VersionRow): VersionDetail {
  const { lastRun } = row;
  return {
    ...presentVersion(row),
    sql: row.sql,
    config: pipelineConfig.parse(row.config),
    quality_tests: z.array(qualityTest).parse(row.qualityTests),
    config_yaml: row.configYaml ?? null,
    last_run: lastRun
      ? { id: lastRun.id, status: lastRun.status, created_at: lastRun.createdAt.toISOString() }
      : null,
  };
}
