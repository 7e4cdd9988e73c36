import {
  formatRef,
  sourcesOf,
  spreadStaleness,
  toLineageGraph,
  type LineageGraph,
  type PipelineRef,
} from '@rat/domain';
import { readLineage, type ReadTable } from '@rat/store';
import type { LineageDeps } from './lineage-deps.ts';
import { listInputsNow } from './list-inputs.ts';
import { readsOf } from './reads-of.ts';

/** The graph of all pipelines, or of those of `own` namespaces. */
export async function readGraph(
  deps: LineageDeps,
  own: readonly string[] | undefined,
): Promise<LineageGraph> {
  await listInputsNow(deps);
  return toLineageGraph(await readLineage(deps.db, own));
}

/**
 * The pipelines from which data flows to `root` and that lack data: those below a change that they have
 * not read, and those that have never succeeded with everything below. `findChanges` reads since when
 * pipelines have unread changes; it is asked about these pipelines only, however many there are.
 */
export async function findStaleAbove(
  graph: LineageGraph,
  root: PipelineRef,
  findChanges: (reads: readonly ReadTable[]) => Promise<ReadonlyMap<string, Date>>,
): Promise<ReadonlySet<string>> {
  const sources = sourcesOf(graph, [formatRef(root)], graph.pipelines.size);
  const unread = await findChanges(readsOf(graph, sources));
  const never = [...sources].filter((one) => graph.pipelines.get(one)?.hasSucceeded === false);
  const changes = new Map([...unread, ...never.map((one) => [one, new Date(0)] as const)]);
  const stale = spreadStaleness(graph, changes);
  return new Set([...sources].filter((one) => stale.has(one)));
}
