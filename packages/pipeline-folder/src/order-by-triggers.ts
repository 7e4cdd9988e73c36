import { formatRef, parseRef } from '@rat/domain';
import { parseAutomation, type PipelineSource } from '@rat/pipelines';

type Watching = Pick<PipelineSource, 'ref' | 'automationYaml'>;

/**
 * The pipelines of a folder, each after those that its `automation.yaml` watches: the API refuses a
 * trigger on a pipeline that does not exist. The order closes no cycle with triggers of earlier files
 * either, because a pipeline that is watched has its new triggers already. Others keep their order. The
 * API refuses a file with mistakes, and a cycle.
 *
 * @example
 * orderByTriggers([gold, silver]); // [silver, gold], when gold watches silver
 */
export function orderByTriggers<T extends Watching>(sources: readonly T[]): T[] {
  const byAddress = new Map(sources.map((source) => [formatRef(source.ref), source]));
  const ordered = new Set<T>();
  const begun = new Set<T>();
  const add = (source: T): void => {
    if (begun.has(source)) return;
    begun.add(source);
    for (const address of listWatched(source)) {
      const watched = byAddress.get(address);
      if (watched !== undefined) add(watched);
    }
    ordered.add(source);
  };
  for (const source of sources) add(source);
  return [...ordered];
}

function listWatched({ ref: { namespace }, automationYaml = '' }: Watching): string[] {
  const { triggers = {} } = parseAutomation(automationYaml, []) ?? {};
  return Object.values(triggers)
    .flatMap((trigger) => {
      switch (trigger.kind) {
        case 'upstream':
        case 'dependency':
          return trigger.config.pipelines;
        case 'table':
          return trigger.config.tables;
        case 'upload':
        case 'webhook':
          return [];
      }
    })
    .flatMap((text) => {
      const watched = parseRef(text, namespace);
      return watched === undefined ? [] : [formatRef(watched)];
    });
}
