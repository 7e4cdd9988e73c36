import type { LineageAnswer, LineageEdge, LineageNode } from '@rat/contracts';
import { parseRef, type LineageGraph, type LineageInput, type QualityStatus } from '@rat/domain';
import type { LineageFacts, LineageRun } from '@rat/store';

/** What is known of the places of a graph, by place. */
export interface LineageKnowledge {
  facts: ReadonlyMap<string, LineageFacts>;
  /** The tables that exist. */
  tables: ReadonlyMap<string, unknown>;
  stale: ReadonlyMap<string, Date>;
  /** The pipelines that are in a loop. */
  loops: ReadonlySet<string>;
}

/**
 * The nodes and edges of some places of a graph. A pipeline and its table are two nodes with one edge
 * between them; an address without a pipeline is a table only. Edges lead between shown places.
 */
export function presentLineage(
  graph: LineageGraph,
  places: readonly string[],
  known: LineageKnowledge,
): Pick<LineageAnswer, 'nodes' | 'edges'> {
  const shown = new Set(places);
  return {
    nodes: places.flatMap((place) => nodesOf(graph, place, known)),
    edges: places.flatMap((place) => edgesOf(graph, place, shown, known)),
  };
}

function nodesOf(graph: LineageGraph, place: string, known: LineageKnowledge): LineageNode[] {
  const ref = parseRef(place, '');
  if (ref === undefined) return [zoneNode(place)];
  const common = {
    ...ref,
    stale_since: known.stale.get(place)?.toISOString() ?? null,
    in_cycle: known.loops.has(place),
  };
  const table: LineageNode = {
    ...common,
    id: `table:${place}`,
    kind: 'table',
    type: 'table',
    exists: known.tables.has(place),
    last_run: null,
  };
  if (!graph.pipelines.has(place)) return [table];
  const { lastRun, tests } = known.facts.get(place) ?? {};
  const run = lastRun === undefined ? null : presentRun(lastRun);
  const pipeline: LineageNode = {
    ...common,
    id: `pipeline:${place}`,
    kind: 'pipeline',
    type: 'pipeline',
    exists: true,
    last_run: run,
    ...(run !== null && { latest_run: run }),
    ...(tests !== undefined && { quality: countTests(tests) }),
  };
  return [pipeline, table];
}

function zoneNode(place: string): LineageNode {
  const [namespace = '', name = ''] = place.split('/');
  return {
    id: `landing:${place}`,
    kind: 'landing',
    type: 'landing_zone',
    namespace,
    name,
    exists: true,
    last_run: null,
    stale_since: null,
    in_cycle: false,
  };
}

function presentRun(run: LineageRun): NonNullable<LineageNode['last_run']> {
  return {
    id: run.id,
    status: run.status,
    created_at: run.createdAt.toISOString(),
    started_at: run.startedAt?.toISOString() ?? null,
    finished_at: run.finishedAt?.toISOString() ?? null,
    duration_ms: run.durationMs ?? null,
    disposition: run.disposition ?? null,
  };
}

function countTests(
  counts: Partial<Record<QualityStatus, number>>,
): NonNullable<LineageNode['quality']> {
  const { passed = 0, failed = 0, warned = 0, error = 0 } = counts;
  return { total: passed + failed + warned + error, passed, failed, warned, error };
}

function edgesOf(
  graph: LineageGraph,
  place: string,
  shown: ReadonlySet<string>,
  { tables }: LineageKnowledge,
): LineageEdge[] {
  const pipeline = graph.pipelines.get(place);
  if (pipeline === undefined) return [];
  const inputs = pipeline.inputs.filter(({ target }) => shown.has(target));
  const produces = {
    ...ends(`pipeline:${place}`, `table:${place}`),
    kind: 'produces',
    type: 'produces',
    declared: true,
    observed: tables.has(place),
  } as const;
  return [...inputs.map((input) => inputEdge(input, place)), produces];
}

function inputEdge(
  { kind, target, declared, observed }: LineageInput,
  reader: string,
): LineageEdge {
  const isZone = target.includes('/');
  return {
    ...ends(`${isZone ? 'landing' : 'table'}:${target}`, `pipeline:${reader}`),
    kind,
    type: isZone ? 'landing_input' : 'ref',
    declared,
    observed,
  };
}

function ends(from: string, to: string): Pick<LineageEdge, 'from' | 'to' | 'source' | 'target'> {
  return { from, to, source: from, target: to };
}
