import type { PipelineRef } from '@rat/domain';
import { listInputs, type PipelineDefiner } from '@rat/pipelines';
import { listVersionInputs, type RefsGuard, type UnlistedVersion } from '@rat/store';
import { toStoredSource } from './define-content.ts';

/**
 * Stores what a version reads that was written before versions had their inputs beside them. Returns
 * the tables of its SQL.
 */
export async function listMissingInputs(
  { db, definer }: { db: Parameters<RefsGuard>[0]; definer: PipelineDefiner },
  { versionId, pipeline, ...content }: UnlistedVersion,
): Promise<PipelineRef[]> {
  // Stored content was valid for the release that stored it; what no longer renders reads nothing.
  const inspected = await definer.inspect(toStoredSource(pipeline, content));
  await listVersionInputs(db, versionId, listInputs(pipeline, inspected));
  return inspected.inputs.refs;
}
