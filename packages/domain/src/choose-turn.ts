/** A namespace with a run that waits for a slot of one pool, as the store counts it at one moment. */
export interface WaitingNamespace {
  namespace: string;
  /** Its share: a namespace of weight 2 starts twice as many runs as one of weight 1 while both wait. At least 1. */
  weight: number;
  /** The turn at which its last contested run started; undefined when no run of it ever had to compete. */
  lastTurn: number | undefined;
  /** Whether its first run is maintenance, which stands behind everything that people wait for. */
  isBackground: boolean;
}

/** The namespace that may start its first run now. `turn` is to be recorded for it; undefined when it had no competitor. */
export interface Turn<T extends WaitingNamespace> {
  waiting: T;
  turn: number | undefined;
}

/**
 * Decides which namespace gets the next free slot of a pool: start-time fair queueing (Goyal, Vin, Cheng 1996).
 *
 * Each namespace has a tag: the pool's virtual time, or its own last turn plus 1/weight when that is later. The smallest
 * tag is served, and the pool's virtual time moves to it. Equal tags are served by the older last turn, then by name.
 * A priority has no part in this: it orders the runs of one namespace only.
 *
 * Invariants, each proven by `choose-turn.test.ts` in simulated time:
 * - Work-conserving: the answer is undefined only when nothing waits.
 * - Starvation-free: while a namespace i waits, another one j starts at most ⌊weight j / weight i⌋ + 1 runs.
 * - Weighted: of namespaces that wait all the time, each starts runs in proportion to its weight.
 * - A namespace saves up nothing while it does not wait, and pays nothing for slots that no other one wanted.
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
