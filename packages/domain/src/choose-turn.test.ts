import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chooseTurn, type WaitingNamespace } from './choose-turn.ts';

/** One run that arrives at a moment of simulated time and holds its slot for a while. */
interface Arrival {
  namespace: number;
  at: number;
  lasts: number;
}

interface Start {
  namespace: number;
  arrivedAt: number;
  /** How many runs of each namespace had started before this one. */
  before: readonly number[];
  /** The same counts when this run became the first of its namespace. */
  whenFirst: readonly number[];
}

/** Simulates arrivals at a pool of slots. Throws when a slot is free while a run waits. */
function simulate(
  arrivals: readonly Arrival[],
  weights: readonly number[],
  slots: number,
): Start[] {
  const lines: Arrival[][] = weights.map(() => []);
  const lastTurns = new Map<number, number>();
  const started = weights.map(() => 0);
  const firstSince = weights.map(() => [...started]);
  const starts: Start[] = [];
  const coming = arrivals.toSorted((a, b) => a.at - b.at);
  let ends: number[] = [];
  let virtualTime = 0;
  let now = 0;
  while (coming.length > 0 || lines.some((line) => line.length > 0)) {
    for (let next = coming[0]; next !== undefined && next.at <= now; next = coming[0]) {
      coming.shift();
      const line = lines[next.namespace] ?? [];
      if (line.push(next) === 1) firstSince[next.namespace] = [...started];
    }
    ends = ends.filter((end) => end > now);
    while (ends.length < slots) {
      const waiting = lines.flatMap((line, i): (WaitingNamespace & { i: number })[] =>
        line.length === 0
          ? []
          : [
              {
                i,
                namespace: `n${i}`,
                weight: weights[i] ?? 1,
                lastTurn: lastTurns.get(i),
                isBackground: false,
              },
            ],
      );
      const chosen = chooseTurn(waiting, virtualTime);
      if (chosen === undefined) {
        if (waiting.length > 0) throw new Error('a slot is free and a run waits');
        break;
      }
      const { i } = chosen.waiting;
      if (chosen.turn !== undefined) {
        lastTurns.set(i, chosen.turn);
        virtualTime = chosen.turn;
      }
      const run = lines[i]?.shift();
      if (run === undefined) throw new Error('a namespace without a run was chosen');
      starts.push({
        namespace: i,
        arrivedAt: run.at,
        before: [...started],
        whenFirst: firstSince[i] ?? [],
      });
      started[i] = (started[i] ?? 0) + 1;
      firstSince[i] = [...started];
      ends.push(now + run.lasts);
    }
    now = Math.min(...ends, ...coming.slice(0, 1).map((one) => one.at));
  }
  return starts;
}

function backlog(namespaces: number, runs: number, lasts = 1): Arrival[] {
  return Array.from({ length: namespaces * runs }, (_, i) => {
    return { namespace: i % namespaces, at: 0, lasts };
  });
}

const weightsAndArrivals = fc
  .array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 6 })
  .chain((weights) =>
    fc.tuple(
      fc.constant(weights),
      fc.array(
        fc.record({
          namespace: fc.integer({ min: 0, max: weights.length - 1 }),
          at: fc.integer({ min: 0, max: 60 }),
          lasts: fc.integer({ min: 1, max: 9 }),
        }),
        { maxLength: 120 },
      ),
      fc.integer({ min: 1, max: 4 }),
    ),
  );

describe('chooseTurn', () => {
  test('namespaces that wait all the time share the slots by their weights, within a tenth', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        (weights, slots) => {
          // No queue becomes empty within the counted part.
          const counted = 400;
          const starts = simulate(backlog(weights.length, counted), weights, slots).slice(
            0,
            counted,
          );
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          weights.forEach((weight, i) => {
            const share = starts.filter(({ namespace }) => namespace === i).length / counted;
            expect(Math.abs(share / (weight / total) - 1)).toBeLessThanOrEqual(0.1);
          });
        },
      ),
    );
  });

  test('for every pattern of arrivals, the first run of a namespace waits for a bounded number of others, and no slot is idle', () => {
    fc.assert(
      fc.property(weightsAndArrivals, ([weights, arrivals, slots]) => {
        const starts = simulate(arrivals, weights, slots);
        expect(starts).toHaveLength(arrivals.length);
        for (const { namespace, before, whenFirst } of starts) {
          const own = weights[namespace] ?? 1;
          weights.forEach((weight, other) => {
            if (other === namespace) return;
            const overtook = (before[other] ?? 0) - (whenFirst[other] ?? 0);
            expect(overtook).toBeLessThanOrEqual(Math.floor(weight / own) + 1);
          });
        }
      }),
    );
  });

  test('a run of another namespace waits for only one of thirty earlier runs', () => {
    const thirty = backlog(1, 30, 10);
    const starts = simulate([...thirty, { namespace: 1, at: 5, lasts: 1 }], [1, 1], 1);
    expect(starts.findIndex(({ namespace }) => namespace === 1)).toBeLessThanOrEqual(2);
  });

  test('a namespace that did not wait for a long time saves at most one turn', () => {
    const late = Array.from({ length: 20 }, () => ({ namespace: 2, at: 50, lasts: 1 }));
    const starts = simulate([...backlog(2, 100), ...late], [1, 1, 1], 1);
    const after = starts.slice(50, 80).map(({ namespace }) => namespace);
    for (const i of [0, 1])
      expect(after.filter((one) => one === i).length).toBeGreaterThanOrEqual(9);
  });

  test('maintenance starts only when no other run waits', () => {
    const quiet = { weight: 1, lastTurn: undefined };
    const background = { ...quiet, namespace: 'a', isBackground: true };
    const wanted = { ...quiet, namespace: 'b', isBackground: false };
    expect(chooseTurn([background, wanted], 7)?.waiting).toBe(wanted);
    expect(chooseTurn([background], 7)?.waiting).toBe(background);
    expect(chooseTurn([], 7)).toBeUndefined();
  });

  test('an uncontested slot is not charged to its namespace', () => {
    const only = { namespace: 'a', weight: 1, lastTurn: 3, isBackground: false };
    expect(chooseTurn([only], 9)).toEqual({ waiting: only, turn: undefined });
  });
});
