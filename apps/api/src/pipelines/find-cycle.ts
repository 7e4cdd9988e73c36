import { formatRef, type PipelineRef } from '@rat/domain';

/** The most pipelines that one search reads; a cycle beyond them stays unnoticed. */
const READ_MAX = 1_000;

/**
 * The pipelines of a cycle of refs in order, from `start` back to it; undefined when there is none.
 * `readRefs` answers the refs of stored pipelines, by `namespace.layer.name`; a pipeline that is not
 * stored has none. A pipeline that reads its own table is no cycle.
 *
 * @example
 * await findCycle(a, [b], async () => new Map([['default.silver.b', [a]]]));
 * // ['default.silver.a', 'default.silver.b', 'default.silver.a']
 */
export async function findCycle(
  start: PipelineRef,
  refs: readonly PipelineRef[],
  readRefs: (pipelines: PipelineRef[]) => Promise<ReadonlyMap<string, readonly PipelineRef[]>>,
): Promise<string[] | undefined> {
  const own = formatRef(start);
  /** The pipeline from which each one was first reached. */
  const from = new Map<string, string>();
  let level = refs.filter((ref) => formatRef(ref) !== own);
  for (const ref of level) from.set(formatRef(ref), own);
  while (level.length > 0 && from.size <= READ_MAX) {
    const found = await readRefs(level);
    const next = new Map<string, PipelineRef>();
    for (const pipeline of level) {
      const name = formatRef(pipeline);
      for (const ref of found.get(name) ?? []) {
        const reached = formatRef(ref);
        if (reached === own) return [...pathTo(name, own, from), own];
        if (from.has(reached)) continue;
        from.set(reached, name);
        next.set(reached, ref);
      }
    }
    level = [...next.values()];
  }
  return undefined;
}

function pathTo(name: string, own: string, from: ReadonlyMap<string, string>): string[] {
  const path = [name];
  for (let at = from.get(name); at !== undefined && at !== own; at = from.get(at)) path.unshift(at);
  return [own, ...path];
}
