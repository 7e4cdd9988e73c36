import {
  VERSIONS_MAX,
  pipelineConfig,
  qualityTest,
  type PipelineDetail,
  type PipelineList,
  type PipelineSummary,
} from '@rat/contracts';
import type { ListedPipeline, PipelineHealth, PipelineRow, PipelineSummaryRow } from '@rat/store';
import { z } from 'zod';
import { pipelinePrefix, publishedVersions } from './pipeline-paths.ts';

/** A pipeline as an element of a list. */
export function presentPipeline(row: PipelineSummaryRow): PipelineSummary {
  return {
    id: row.id,
    namespace: row.namespace,
    layer: row.layer,
    name: row.name,
    description: row.description ?? '',
    type: 'sql',
    owner: row.owner ?? null,
    s3_path: pipelinePrefix(row),
    version: row.version,
    published_at: row.published?.at.toISOString() ?? null,
    published_versions: publishedVersions(row, row.published),
    max_versions: VERSIONS_MAX,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    draft_dirty: row.hasDraft,
  };
}

type ListedAnswer = PipelineList['pipelines'][number];

/** A pipeline as an element of a list, with its health if that was read. */
export function presentListedPipeline(row: ListedPipeline): ListedAnswer {
  const summary = presentPipeline(row);
  return row.health === undefined ? summary : { ...summary, health: presentHealth(row.health) };
}

function presentHealth(health: PipelineHealth): NonNullable<ListedAnswer['health']> {
  const { runs, p50Ms, p95Ms, tests, nextFireAt, table } = health;
  return {
    runs: runs.map(({ id, status, createdAt, durationMs, disposition }) => ({
      id,
      status,
      created_at: createdAt.toISOString(),
      duration_ms: durationMs ?? null,
      disposition: disposition ?? null,
    })),
    p50_ms: p50Ms ?? null,
    p95_ms: p95Ms ?? null,
    tests: tests
      ? {
          run_id: tests.runId,
          at: tests.at.toISOString(),
          passed: tests.counts.passed ?? 0,
          failed: tests.counts.failed ?? 0,
          warned: tests.counts.warned ?? 0,
          error: tests.counts.error ?? 0,
        }
      : null,
    next_fire_at: nextFireAt?.toISOString() ?? null,
    table: table ? { rows: table.rows, run_id: table.runId, at: table.at.toISOString() } : null,
  };
}

/** A pipeline with the files of its current version. */
export function presentPipelineDetail(row: PipelineRow): PipelineDetail {
  return {
    ...presentPipeline(row),
    sql: row.sql,
    config: pipelineConfig.parse(row.config),
    quality_tests: z.array(qualityTest).parse(row.qualityTests),
    config_yaml: row.configYaml ?? null,
    automation_yaml: row.automationYaml ?? null,
    content_hash: row.contentHash,
    version_author: row.author ?? null,
    version_message: row.message ?? null,
  };
}
