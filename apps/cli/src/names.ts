import type { RatClient } from '@rat/client';
import { isLayer, isSlug, type PipelineRef } from '@rat/domain/words';
import { CliError, EXIT } from './exit-codes.ts';

/** The first digits of an id that the API finds a run by. */
const PREFIX_MIN = 8;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** `gold.daily`, `ns.gold.daily` or `ns/gold/daily`; undefined for any other text. */
export function findPipelineName(text: string, namespace: string): PipelineRef | undefined {
  const parts = text.split(/[./]/);
  const [home = '', layer = '', name = ''] = parts.length === 2 ? [namespace, ...parts] : parts;
  if (parts.length > 3 || !isLayer(layer) || !isSlug(name) || !isSlug(home)) return undefined;
  return { namespace: home, layer, name };
}

/** The same; throws for any other text. */
export function parsePipelineName(text: string, namespace: string): PipelineRef {
  const ref = findPipelineName(text, namespace);
  if (ref !== undefined) return ref;
  throw new CliError(
    `${text} is no name of a pipeline or table: write layer.name or namespace.layer.name, such as gold.daily`,
  );
}

/** How the filters of the API name a pipeline. */
export function toFilter({ namespace, layer, name }: PipelineRef): {
  namespace: string;
  layer: PipelineRef['layer'];
  pipeline: string;
} {
  return { namespace, layer, pipeline: name };
}

/**
 * The id of the run that a person names: by the id or its first digits, a link, `last`, `last:gold.daily`, or the name of a
 * pipeline, which is its newest run.
 */
export async function resolveRun(rat: RatClient, text: string, namespace: string): Promise<string> {
  const id = UUID.exec(text)?.[0];
  if (id !== undefined) return id.toLowerCase();
  if (text === 'last') return newestRun(rat, {}, 'no pipeline has run yet');
  const name = text.replace(/^last:/, '');
  const ref = findPipelineName(name, namespace);
  if (ref !== undefined) return newestRun(rat, toFilter(ref), `${name} has no run yet`);
  if (new RegExp(`^[0-9a-f-]{${PREFIX_MIN},}$`, 'i').test(text)) return findByPrefix(rat, text);
  throw new CliError(
    `${text} names no run: write its id or the first ${PREFIX_MIN} digits of it, last, last:gold.daily, or gold.daily`,
  );
}

/** Maintenance and tests have runs too, which nobody means by `last`. */
async function newestRun(rat: RatClient, filter: object, missing: string): Promise<string> {
  const { runs } = await rat.runs.list({ ...filter, kind: 'pipeline', limit: 1 }).first();
  const [run] = runs;
  if (run === undefined) throw new CliError(missing, EXIT.notFound);
  return run.id;
}

async function findByPrefix(rat: RatClient, prefix: string): Promise<string> {
  const { runs } = await rat.runs.list({ q: prefix, limit: 5 }).first();
  const found = runs.filter(({ id }) => id.startsWith(prefix.toLowerCase()));
  const [first, second] = found;
  if (first === undefined) throw new CliError(`no run has an id with ${prefix}`, EXIT.notFound);
  if (second === undefined) return first.id;
  const ids = found.map((run) => `  ${run.id}  ${run.namespace}.${run.layer}.${run.pipeline}`);
  throw new CliError(`several runs begin with ${prefix}; write more of the id:\n${ids.join('\n')}`);
}
