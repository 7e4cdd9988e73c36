import { pipelineConfig, qualityTest } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import { listTests, type PipelineTestDefinition } from '@rat/pipelines';
import { findDraft, type PipelineRow } from '@rat/store';
import { z } from 'zod';
import { toStoredSource } from '../pipelines/define-content.ts';
import type { QualityDeps } from './quality-deps.ts';

/**
 * The tests of the current version. A pipeline without a version has those of its draft that have no
 * mistake.
 */
export async function findTests(
  { db, definer }: QualityDeps,
  ref: PipelineRef,
  row: PipelineRow,
): Promise<PipelineTestDefinition[]> {
  if (row.version > 0) {
    return listTests(
      pipelineConfig.parse(row.config),
      z.array(qualityTest).parse(row.qualityTests),
    );
  }
  const draft = await findDraft(db.pool, ref);
  if (draft === undefined) return [];
  const { config, qualityTests } = await definer.inspect(toStoredSource(ref, draft));
  return listTests(config, qualityTests);
}
