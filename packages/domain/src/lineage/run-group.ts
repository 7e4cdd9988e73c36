import type { RunStatus } from '../run-status.ts';
import { findLoops, type LineageGraph } from './lineage-graph.ts';

/**
 * What became of a pipeline of a group:
 * - waiting: one of its needs has not succeeded yet.
 * - running: its run exists and has not ended.
 * - success | failed | cancelled: how its run ended; `cancelled` also when the group was cancelled before.
 * - blocked: one of its needs will not succeed, so it gets no run.
 */
export const NODE_STATES = [
  'waiting',
  'running',
  'success',
  'failed',
  'cancelled',
  'blocked',
] as const;
export type NodeState = (typeof NODE_STATES)[number];

/** A pipeline of a group, as it is stored. */
export interface GroupNode {
  pipelineId: string;
  /** The pipelines of the group that must succeed before. */
  needs: readonly string[];
  state: NodeState;
  /** The status of its run; undefined while it has none. */
  run: RunStatus | undefined;
}

/** What a turn does with a group. */
export interface GroupStep {
  /** The pipelines whose run is to be created. */
  start: string[];
  /** New states, of those that change. */
  states: Map<string, NodeState>;
  /** Whether nothing is left to wait for. */
  isOver: boolean;
}

const NEVER: ReadonlySet<NodeState> = new Set(['failed', 'cancelled', 'blocked']);
const OPEN: ReadonlySet<NodeState> = new Set(['waiting', 'running']);

/**
 * Decides what follows from the states of a group's runs. A pipeline starts when all its needs have
 * succeeded, and is blocked as soon as one of them cannot succeed any more, however far above.
 *
 * @example
 * const { start, states, isOver } = advanceGroup(nodes);
 */
export function advanceGroup(nodes: readonly GroupNode[]): GroupStep {
  const now = new Map(nodes.map((node) => [node.pipelineId, settled(node)]));
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (const { pipelineId, needs } of nodes) {
      if (now.get(pipelineId) !== 'waiting') continue;
      if (!needs.some((need) => NEVER.has(now.get(need) ?? 'blocked'))) continue;
      now.set(pipelineId, 'blocked');
      hasChanged = true;
    }
  }
  const start = nodes
    .filter(({ pipelineId }) => now.get(pipelineId) === 'waiting')
    .filter(({ needs }) => needs.every((need) => now.get(need) === 'success'))
    .map(({ pipelineId }) => pipelineId);
  for (const pipelineId of start) now.set(pipelineId, 'running');
  return {
    start,
    states: new Map(
      nodes.flatMap(({ pipelineId, state }) => {
        const next = now.get(pipelineId) ?? state;
        return next === state ? [] : [[pipelineId, next] as const];
      }),
    ),
    isOver: ![...now.values()].some((state) => OPEN.has(state)),
  };
}

/** The state that the run of a node brings about. */
function settled({ state, run }: GroupNode): NodeState {
  if (state !== 'running') return state;
  switch (run) {
    case 'pending':
    case 'running':
      return 'running';
    case undefined:
      // Retention has removed the run.
      return 'cancelled';
    default:
      return run;
  }
}

/** Which pipelines a group runs beside its root. */
export interface GroupScope {
  upstream: 'none' | 'stale' | 'all';
  downstream: 'none' | 'all';
}

/** A pipeline of a plan, and the pipelines of the plan that must succeed before it. */
export interface PlannedNode {
  address: string;
  needs: string[];
}

/**
 * The pipelines of a group, each once, every one after its needs. `stale` are the pipelines that lack
 * data. `loop`: some of them wait for each other, so the group could never run.
 */
export function planGroup(
  graph: LineageGraph,
  root: string,
  { upstream, downstream }: GroupScope,
  stale: ReadonlySet<string>,
): { nodes: PlannedNode[]; loop: string[] } {
  const reads = (address: string): string[] =>
    (graph.pipelines.get(address)?.inputs ?? [])
      .filter(({ kind, target }) => kind === 'ref' && graph.pipelines.has(target))
      .map(({ target }) => target);
  const readers = (address: string): string[] =>
    (graph.readers.get(address) ?? []).filter((reader) => reads(reader).includes(address));
  const above = upstream === 'none' ? [] : [...reach(root, reads)];
  const below = downstream === 'none' ? [] : [...reach(root, readers)];
  const wanted = new Set([
    root,
    ...above.filter((one) => upstream === 'all' || stale.has(one)),
    ...below,
  ]);
  const needs = new Map(
    [...wanted].map((one) => [one, reads(one).filter((need) => need !== one && wanted.has(need))]),
  );
  const nodes: PlannedNode[] = [];
  const placed = new Set<string>();
  while (nodes.length < wanted.size) {
    const ready = [...wanted].filter(
      (one) => !placed.has(one) && (needs.get(one) ?? []).every((need) => placed.has(need)),
    );
    if (ready.length === 0) break;
    for (const address of ready) {
      placed.add(address);
      nodes.push({ address, needs: [...new Set(needs.get(address))] });
    }
  }
  const loops = nodes.length === wanted.size ? new Set<string>() : findLoops(graph);
  return { nodes, loop: [...wanted].filter((one) => loops.has(one)).toSorted() };
}

function reach(from: string, next: (address: string) => string[]): Set<string> {
  const found = new Set<string>();
  const open = [from];
  for (const address of open) {
    for (const one of next(address)) {
      if (one === from || found.has(one)) continue;
      found.add(one);
      open.push(one);
    }
  }
  return found;
}
