import { spreadStaleness, toLineageGraph, type LineageGraph } from '@rat/domain';
import { findUnreadChanges, readLineage } from '@rat/store';
import type { LineageDeps } from './lineage-deps.ts';
import { listInputsNow } from './list-inputs.ts';
import { readsOf } from './reads-of.ts';

/**
 * The graph of all pipelines, or of those of `own` namespaces, and the pipelines that lack data: those
 * below a change that they have not read, and those that have never succeeded with everything below.
 */
export async function readGraph(
  deps: LineageDeps,
  own: readonly string[] | undefined,
): Promise<{ graph: LineageGraph; stale: ReadonlySet<string> }> {
  await listInputsNow(deps);
  const pipelines = await readLineage(deps.db, own);
  const graph = toLineageGraph(pipelines);
  const unread = await findUnreadChanges(deps.db, readsOf(graph, new Set(graph.pipelines.keys())));
  const never = pipelines.filter(({ hasSucceeded }) => !hasSucceeded);
  const changes = new Map([
    ...unread,
    ...never.map(({ address }) => [address, new Date(0)] as const),
  ]);
  return { graph, stale: new Set(spreadStaleness(graph, changes).keys()) };
}
