import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  findLoops,
  sliceLineage,
  sourcesOf,
  spreadStaleness,
  toLineageGraph,
  type LineageGraph,
} from './lineage-graph.ts';

/** `{ c: 'a b' }`: the pipeline c reads the tables a and b. A name with a slash is a landing zone. */
function graphOf(reads: Record<string, string>, tests: Record<string, string> = {}): LineageGraph {
  const words = (text = ''): string[] => text.split(' ').filter((word) => word !== '');
  const known = { declared: true, observed: false };
  return toLineageGraph(
    Object.entries(reads).map(([address, targets]) => ({
      address,
      hasSucceeded: true,
      inputs: [
        ...words(targets).map((target) => ({
          kind: target.includes('/') ? ('landing' as const) : ('ref' as const),
          target,
          ...known,
        })),
        ...words(tests[address]).map((target) => ({ kind: 'test' as const, target, ...known })),
      ],
    })),
  );
}

const SHOP = graphOf(
  { raw: 'n/drops', clean: 'raw', other: 'raw', daily: 'clean rates', weekly: 'daily' },
  { daily: 'limits' },
);

describe('sliceLineage', () => {
  const slice = (up: number, down: number, limit = 100) =>
    sliceLineage(SHOP, { start: ['daily'], up, down, limit });

  test('follows inputs as far as asked, those of tests and zones too, and readers likewise', () => {
    expect(slice(0, 0).places).toEqual(['daily']);
    expect(slice(1, 0).places).toEqual(['daily', 'clean', 'rates', 'limits']);
    expect(slice(3, 1).places.toSorted()).toEqual(
      ['clean', 'daily', 'limits', 'n/drops', 'rates', 'raw', 'weekly'].toSorted(),
    );
  });

  test('does not follow another reader of a common input', () => {
    expect(slice(9, 9).places).not.toContain('other');
  });

  test('keeps the nearest places when there are more than the limit, and says so', () => {
    expect(slice(3, 3, 4)).toEqual({
      places: ['daily', 'clean', 'rates', 'limits'],
      truncated: true,
    });
    expect(slice(3, 3, 7)).toMatchObject({ truncated: false });
  });

  test('ends for a start that lies in a loop', () => {
    const loop = graphOf({ a: 'b', b: 'a' });
    expect(sliceLineage(loop, { start: ['a'], up: 50, down: 50, limit: 9 }).places).toEqual([
      'a',
      'b',
    ]);
  });
});

describe('findLoops', () => {
  test('finds the pipelines of a loop, and none that only lead to it or are led to by it', () => {
    const graph = graphOf({ in: 'a', a: 'c', b: 'a', c: 'b out', out: 'x' });
    expect(findLoops(graph)).toEqual(new Set(['a', 'b', 'c']));
  });

  test('a pipeline that reads its own table, and one whose test reads a later table, are no loop', () => {
    expect(findLoops(graphOf({ a: 'a', b: 'c', c: '' }, { c: 'b' }))).toEqual(new Set());
  });

  test('a chain of 20,000 pipelines is walked', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, n) => [`p${n}`, n === 19_999 ? 'p19998' : `p${n + 1}`]),
    );
    expect(findLoops(graphOf(chain))).toEqual(new Set(['p19998', 'p19999']));
  });

  test('equals what following every path finds, for random graphs', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const reads = fc.record(
      Object.fromEntries(names.map((name) => [name, fc.subarray(names).map((s) => s.join(' '))])),
    );
    fc.assert(
      fc.property(reads, (given) => {
        const reach = (from: string): Set<string> => {
          const seen = new Set<string>();
          const open = [from];
          for (const at of open) {
            for (const next of (given[at] ?? '').split(' ')) {
              // A pipeline's own table is no step.
              if (next === '' || next === at || seen.has(next)) continue;
              seen.add(next);
              open.push(next);
            }
          }
          return seen;
        };
        const expected = names.filter((name) => reach(name).has(name));
        expect(findLoops(graphOf(given))).toEqual(new Set(expected));
      }),
    );
  });
});

describe('staleness', () => {
  const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));

  test('reaches every pipeline below, and each has the earliest change above it', () => {
    const unread = new Map([
      ['clean', at(5)],
      ['raw', at(7)],
    ]);
    expect(Object.fromEntries(spreadStaleness(SHOP, unread))).toEqual({
      clean: at(5),
      daily: at(5),
      weekly: at(5),
      raw: at(7),
      other: at(7),
    });
  });

  test('does not pass through a quality test', () => {
    const graph = graphOf({ a: '', b: '' }, { b: 'a' });
    expect([...spreadStaleness(graph, new Map([['a', at(1)]])).keys()]).toEqual(['a']);
  });

  test('ends in a loop', () => {
    const graph = graphOf({ a: 'b', b: 'a' });
    expect(spreadStaleness(graph, new Map([['a', at(1)]])).size).toBe(2);
  });
});

test('sourcesOf finds the pipelines above a place, those included, up to the limit', () => {
  expect([...sourcesOf(SHOP, ['daily'], 10)]).toEqual(['daily', 'clean', 'raw']);
  expect([...sourcesOf(SHOP, ['daily', 'rates'], 2)]).toEqual(['daily', 'clean']);
});
