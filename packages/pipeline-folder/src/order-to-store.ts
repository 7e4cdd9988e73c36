import { formatRef } from '@rat/domain';
import { parseAutomation, type PipelineSource } from '@rat/pipelines';
import { listWatched } from './list-watched.ts';

type Watching = Pick<PipelineSource, 'ref' | 'automationYaml'>;

/**
 * The pipelines of a folder in the order in which the API stores them without a mistake between two of them. Others
 * keep their order. The API refuses a file with mistakes, and a cycle.
 *
 * - A pipeline comes after those that its `automation.yaml` watches, because the API refuses a trigger on a pipeline that
 *   does not exist. So no cycle is closed with triggers of earlier files either: a pipeline that is watched has its new
 *   triggers already.
 * - It comes after those that it reads, for the same reason about refs of earlier files. Where both cannot be, triggers win.
 *
 * @param refs What each pipeline reads, by its address.
 * @example
 * orderToStore([gold, silver], new Map()); // [silver, gold], when gold watches silver
 */
export function orderToStore<T extends Watching>(
  sources: readonly T[],
  refs: ReadonlyMap<string, readonly string[]>,
): T[] {
  const byBoth = orderBy(sources, (one) => [
    ...watchedBy(one),
    ...(refs.get(formatRef(one.ref)) ?? []),
  ]);
  return orderBy(byBoth, watchedBy);
}

function orderBy<T extends Watching>(
  sources: readonly T[],
  upstreamsOf: (source: T) => readonly string[],
): T[] {
  const byAddress = new Map(sources.map((source) => [formatRef(source.ref), source]));
  const ordered = new Set<T>();
  const begun = new Set<T>();
  const add = (source: T): void => {
    if (begun.has(source)) return;
    begun.add(source);
    for (const address of upstreamsOf(source)) {
      const upstream = byAddress.get(address);
      if (upstream !== undefined) add(upstream);
    }
    ordered.add(source);
  };
  for (const source of sources) add(source);
  return [...ordered];
}

function watchedBy(source: Watching): string[] {
  const automation = parseAutomation(source.automationYaml ?? '', []);
  return [...listWatched(source, automation).values()].flat();
}
