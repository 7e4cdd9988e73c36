import type { PipelineRef } from '@rat/domain';
import {
  contentHash,
  keptConfigText,
  listInputs,
  toDefinition,
  type PipelineDefiner,
  type PipelineSource,
} from '@rat/pipelines';
import type { DraftContent, PipelineContent } from '@rat/store';
import { z } from 'zod';

const tests = z.array(z.looseObject({ name: z.string(), sql: z.string() }));

/** Stored content as a source, which may have any mistake; the text of its `config.yaml` wins. */
export function toStoredSource(
  ref: PipelineRef,
  { sql, config, qualityTests, configYaml }: DraftContent,
): PipelineSource {
  return { ref, sql, config: configYaml ?? config, qualityTests: tests.parse(qualityTests) };
}

/**
 * The content of a version, of a source whose templates and settings have no mistake. Its SQL is not
 * checked. Throws UnprocessableError.
 */
export async function defineContent(
  definer: PipelineDefiner,
  source: PipelineSource,
): Promise<PipelineContent & ReturnType<typeof toDefinition>> {
  const inspected = await definer.inspect(source);
  const definition = toDefinition(source, inspected);
  const { sql, config, qualityTests } = definition;
  const given = source.config;
  const configYaml = typeof given === 'string' ? keptConfigText(given, { config, sql }) : undefined;
  const hash = contentHash({ sql, config, qualityTests, configYaml });
  const inputs = listInputs(source.ref, inspected);
  return { ...definition, configYaml, contentHash: hash, inputs };
}
