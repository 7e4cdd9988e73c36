import { formatRef, parseRef } from '@rat/domain';
import { parseAutomation, type PipelineSource } from '@rat/pipelines';

type Watching = Pick<PipelineSource, 'ref' | 'automationYaml'>;

/**
 * The address of the pipeline or the table that the path of an issue is about, when it is one that a
 * trigger of `automation.yaml` watches. The API does not know those that the same folder will store.
 *
 * @example
 * findWatched(source, 'automation_yaml.triggers.after.config.pipelines.0'); // 'default.silver.orders'
 */
export function findWatched(source: Watching, path: string): string | undefined {
  const { name = '', field, index } = WATCHED.exec(path)?.groups ?? {};
  const { ref, automationYaml = '' } = source;
  const config = parseAutomation(automationYaml, [])?.triggers[name]?.config ?? {};
  const listed: unknown = Object.entries(config).find(([key]) => key === field)?.[1];
  const text: unknown = Array.isArray(listed) ? listed[Number(index)] : undefined;
  const watched = typeof text === 'string' ? parseRef(text, ref.namespace) : undefined;
  return watched && formatRef(watched);
}

const WATCHED =
  /^automation_yaml\.triggers\.(?<name>[^.]+)\.config\.(?<field>pipelines|tables)\.(?<index>\d+)$/;
