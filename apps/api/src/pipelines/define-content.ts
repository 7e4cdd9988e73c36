import type { PipelineRef } from '@rat/domain';
import {
  contentHash,
  toDefinition,
  type PipelineDefiner,
  type PipelineSource,
} from '@rat/pipelines';
import type { DraftContent, PipelineContent } from '@rat/store';
import { z } from 'zod';

const tests = z.array(z.looseObject({ name: z.string(), sql: z.string() }));

/** Stored content as a source, which may have any mistake. */
export function toStoredSource(
  ref: PipelineRef,
  { sql, config, qualityTests }: DraftContent,
): PipelineSource {
  return { ref, sql, config, qualityTests: tests.parse(qualityTests) };
}

/**
 * The content of a version, of a source whose templates and settings have no mistake. Its SQL is not
 * checked. Throws UnprocessableError.
 */
export async function defineContent(
  definer: PipelineDefiner,
  source: PipelineSource,
): Promise<PipelineContent & ReturnType<typeof toDefinition>> {
  const definition = toDefinition(source, await definer.inspect(source));
  const { sql, config, qualityTests } = definition;
  return { ...definition, contentHash: contentHash({ sql, config, qualityTests }) };
}
