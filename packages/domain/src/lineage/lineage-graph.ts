import type { PipelineInput } from './pipeline-input.ts';

/** An input of a pipeline, and how it is known. */
export interface LineageInput extends PipelineInput {
  /** The templates of the current version name it. */
  declared: boolean;
  /** The newest successful run read it. */
  observed: boolean;
}

/** A pipeline with everything that it reads. */
export interface LineagePipeline {
  /** `namespace.layer.name`. */
  address: string;
  /** Whether any of its runs has succeeded. */
  hasSucceeded: boolean;
  inputs: readonly LineageInput[];
}

/**
 * Who reads what. A *place* is the address of a pipeline, which is also that of its table, or
 * `namespace/zone` of a landing zone. A place that is read need not have a pipeline.
 */
export interface LineageGraph {
  pipelines: ReadonlyMap<string, LineagePipeline>;
  /** By place: the addresses of the pipelines that read it. */
  readers: ReadonlyMap<string, readonly string[]>;
}

/**
 * Turns pipelines into a graph that can be walked both ways.
 *
 * @example
 * const graph = toLineageGraph(pipelines);
 * const { places } = sliceLineage(graph, { start: ['default.gold.daily'], up: 2, down: 2, limit: 200 });
 */
export function toLineageGraph(pipelines: readonly LineagePipeline[]): LineageGraph {
  const readers = new Map<string, string[]>();
  for (const { address, inputs } of pipelines) {
    for (const target of new Set(inputs.map((input) => input.target))) {
      const known = readers.get(target);
      if (known === undefined) readers.set(target, [address]);
      else known.push(address);
    }
  }
  return { pipelines: new Map(pipelines.map((one) => [one.address, one])), readers };
}

/** What a pipeline reads, in the ways of `kinds`. */
function inputsOf(
  { pipelines }: LineageGraph,
  address: string,
  kinds?: readonly LineageInput['kind'][],
): string[] {
  const inputs = pipelines.get(address)?.inputs ?? [];
  return inputs
    .filter(({ kind }) => kinds === undefined || kinds.includes(kind))
    .map(({ target }) => target);
}

export interface LineageSlice {
  start: readonly string[];
  /** How many pipelines to follow against the flow of the data, and with it. */
  up: number;
  down: number;
  /** The most places. */
  limit: number;
}

/**
 * The places around the start, the nearest first. `truncated`: there are more within the distance than
 * `limit`. It follows inputs only upwards and readers only downwards, so another reader of a common
 * input is not among them.
 */
export function sliceLineage(
  graph: LineageGraph,
  { start, up, down, limit }: LineageSlice,
): { places: string[]; truncated: boolean } {
  const places = new Set<string>();
  let truncated = false;
  const add = (place: string): boolean => {
    if (places.has(place)) return false;
    if (places.size >= limit) truncated = true;
    else places.add(place);
    return places.has(place);
  };
  const begun = start.filter(add);
  let above = begun;
  let below = begun;
  for (let hop = 1; hop <= Math.max(up, down); hop += 1) {
    if (hop <= up) above = above.flatMap((place) => inputsOf(graph, place)).filter(add);
    if (hop <= down) below = below.flatMap((place) => graph.readers.get(place) ?? []).filter(add);
    if (above.length === 0 && below.length === 0) break;
  }
  return { places: [...places], truncated };
}

/** The pipelines whose tables lead back to themselves through the SQL of other pipelines. */
export function findLoops(graph: LineageGraph): Set<string> {
  const inLoop = new Set<string>();
  const order = new Map<string, number>();
  /** The earliest pipeline on the stack that each one leads to. */
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const enter = (address: string): Visit => {
    order.set(address, order.size);
    low.set(address, order.get(address) ?? 0);
    stack.push(address);
    onStack.add(address);
    return { address, left: inputsOf(graph, address, ['ref']) };
  };
  const lower = (address: string, to: number | undefined): void => {
    low.set(address, Math.min(low.get(address) ?? 0, to ?? 0));
  };
  for (const root of graph.pipelines.keys()) {
    if (order.has(root)) continue;
    // Without recursion: a chain may be as long as there are pipelines.
    const visits = [enter(root)];
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const { address } = visit;
      const next = visit.left.pop();
      if (next !== undefined) {
        if (!graph.pipelines.has(next)) continue;
        if (!order.has(next)) visits.push(enter(next));
        else if (onStack.has(next)) lower(address, order.get(next));
        continue;
      }
      visits.pop();
      const parent = visits.at(-1);
      if (parent !== undefined) lower(parent.address, low.get(address));
      if (low.get(address) !== order.get(address)) continue;
      const loop = stack.splice(stack.lastIndexOf(address));
      for (const one of loop) onStack.delete(one);
      if (loop.length > 1) for (const one of loop) inLoop.add(one);
    }
  }
  return inLoop;
}

interface Visit {
  address: string;
  left: string[];
}

/**
 * The pipelines from which data flows into one of `places`, these included, at most `limit`, the
 * nearest first.
 */
export function sourcesOf(
  graph: LineageGraph,
  places: readonly string[],
  limit: number,
): Set<string> {
  const found = new Set(places.filter((place) => graph.pipelines.has(place)).slice(0, limit));
  for (const place of found) {
    for (const target of inputsOf(graph, place, ['ref'])) {
      if (found.size < limit && graph.pipelines.has(target)) found.add(target);
    }
  }
  return found;
}

/**
 * Since when each pipeline lacks data: the earliest of its own unread change and those of every
 * pipeline above it. `unread` has the pipelines with an input that changed after they read it.
 */
export function spreadStaleness(
  graph: LineageGraph,
  unread: ReadonlyMap<string, Date>,
): Map<string, Date> {
  const stale = new Map<string, Date>();
  // The earliest change first: what it reaches has no earlier one.
  const changes = [...unread].toSorted(([, a], [, b]) => a.getTime() - b.getTime());
  for (const [address, since] of changes) {
    let level = [address];
    while (level.length > 0) {
      level = level.filter((one) => !stale.has(one));
      for (const one of level) stale.set(one, since);
      level = level.flatMap((one) => readersByRef(graph, one));
    }
  }
  return stale;
}

function readersByRef(graph: LineageGraph, place: string): string[] {
  const readers = graph.readers.get(place) ?? [];
  return readers.filter((reader) => inputsOf(graph, reader, ['ref']).includes(place));
}
