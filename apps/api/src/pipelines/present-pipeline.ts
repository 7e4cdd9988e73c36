import {
  pipelineConfig,
  qualityTest,
  type PipelineDetail,
  type PipelineSummary,
} from '@rat/contracts';
import type { PipelineRow, PipelineSummaryRow } from '@rat/store';
import { z } from 'zod';

/** A pipeline as an element of a list. */
export function presentPipeline(row: PipelineSummaryRow): PipelineSummary {
  return {
    id: row.id,
    namespace: row.namespace,
    layer: row.layer,
    name: row.name,
    description: row.description ?? null,
    version: row.version,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    draft_dirty: row.hasDraft,
  };
}

/** A pipeline with the files of its current version. */
export function presentPipelineDetail(row: PipelineRow): PipelineDetail {
  return {
    ...presentPipeline(row),
    sql: row.sql,
    config: pipelineConfig.parse(row.config),
    quality_tests: z.array(qualityTest).parse(row.qualityTests),
    content_hash: row.contentHash,
    version_author: row.author ?? null,
    version_message: row.message ?? null,
  };
}
