import {
  pipelineConfig,
  qualityTest,
  type VersionDetail,
  type VersionSummary,
} from '@rat/contracts';
import type { VersionRow, VersionSummaryRow } from '@rat/store';
import type { PipelineRef } from '@rat/domain';
import { z } from 'zod';
import { publishedVersions } from './pipeline-paths.ts';

/** A version as an element of a list. */
export function presentVersion(ref: PipelineRef, row: VersionSummaryRow): VersionSummary {
  return {
    id: row.id,
    pipeline_id: row.pipelineId,
    version: row.version,
    version_number: row.version,
    author: row.author ?? null,
    message: row.message ?? '',
    created_at: row.createdAt.toISOString(),
    content_hash: row.contentHash,
    published_versions: publishedVersions(ref, row),
    is_current: row.isCurrent,
    runs: row.runs,
  };
}

/** A version with its files. */
export function presentVersionDetail(ref: PipelineRef, row: VersionRow): VersionDetail {
  const { lastRun } = row;
  return {
    ...presentVersion(ref, row),
    sql: row.sql,
    config: pipelineConfig.parse(row.config),
    quality_tests: z.array(qualityTest).parse(row.qualityTests),
    config_yaml: row.configYaml ?? null,
    last_run: lastRun
      ? { id: lastRun.id, status: lastRun.status, created_at: lastRun.createdAt.toISOString() }
      : null,
  };
}
