/**
 * A namespace with a run that waits for a slot of one pool, as the store counts it at one moment.
 */
export interface WaitingNamespace {
  namespace: string;
  /** Its share, at least 1. While both wait, weight 2 starts twice as many runs as weight 1. */
  weight: number;
  /** The turn at which its last contested run started; undefined before its first contested run. */
  lastTurn: number | undefined;
  /** Whether its first run is maintenance, which starts only when no other run waits. */
  isBackground: boolean;
}

/**
 * The namespace whose first run may start now. The store records `turn`; undefined without a
 * competitor.
 */
export interface Turn<T extends WaitingNamespace> {
  waiting: T;
  turn: number | undefined;
}

/**
 * Decides which namespace gets the next free slot of a pool, by start-time fair queueing (Goyal,
 * Vin, Cheng 1996).
 *
 * Each namespace has a tag: the later of the pool's virtual time and its own last turn plus
 * 1/weight. The smallest tag is served, and becomes the pool's virtual time. Among equal tags the
 * older last turn is served, then the first name. A run's priority has no effect here: it orders
 * the runs of one namespace.
 *
 * Invariants, each proven by `choose-turn.test.ts` in simulated time:
 * - Work-conserving: the result is undefined only when no run waits.
 * - Starvation-free: while namespace i waits, another one j starts at most
 *   ⌊weight j / weight i⌋ + 1 runs.
 * - Weighted: namespaces that wait all the time start runs in proportion to their weights.
 * - A namespace saves no turns while it does not wait, and pays nothing for uncontested slots.
 */
export function chooseTurn<T extends WaitingNamespace>(
  waiting: readonly T[],
  virtualTime: number,
): Turn<T> | undefined {
  const urgent = waiting.filter((one) => !one.isBackground);
  const [first, ...others] = urgent.length > 0 ? urgent : waiting;
  if (first === undefined) return undefined;
  if (others.length === 0) return { waiting: first, turn: undefined };
  const tagOf = ({ lastTurn, weight }: WaitingNamespace): number =>
    lastTurn === undefined ? virtualTime : Math.max(virtualTime, lastTurn + 1 / weight);
  let best = { waiting: first, turn: tagOf(first) };
  for (const one of others) {
    const turn = tagOf(one);
    const order = turn - best.turn || orderOfEquals(one, best.waiting);
    if (order < 0) best = { waiting: one, turn };
  }
  return best;
}

function orderOfEquals(a: WaitingNamespace, b: WaitingNamespace): number {
  const never = Number.NEGATIVE_INFINITY;
  const [lastOfA, lastOfB] = [a.lastTurn ?? never, b.lastTurn ?? never];
  if (lastOfA !== lastOfB) return lastOfA < lastOfB ? -1 : 1;
  return a.namespace < b.namespace ? -1 : 1;
}
