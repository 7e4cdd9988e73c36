import type { PipelineRef } from '@rat/domain';
import type { PipelineDeps } from './pipeline-deps.ts';

/**
 * The valid settings of a `config.yaml`, beside its text. A text with mistakes is no error: it is kept
 * in a draft, and a publish refuses it. Another thread parses it.
 */
export async function readConfigText(
  { definer }: Pick<PipelineDeps, 'definer'>,
  ref: PipelineRef,
  configYaml: string,
): Promise<{ config: Record<string, unknown>; configYaml: string }> {
  const { config } = await definer.inspect({ ref, sql: '', config: configYaml });
  return { config, configYaml };
}
