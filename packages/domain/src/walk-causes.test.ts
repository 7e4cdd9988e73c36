import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FiringCause } from './trigger-settings.ts';
import { namespaceOfCause, walkCauses } from './walk-causes.ts';

const causeOf = (run: string): FiringCause => ({ kind: 'run', pipeline: 'a.gold.b', run_id: run });

/** Reads runs out of a graph, and counts how often. */
function readerOf(graph: Readonly<Record<string, readonly string[]>>) {
  const reads: (readonly string[])[] = [];
  const read = async (ids: readonly string[]) => {
    reads.push(ids);
    // A database answers in any order.
    return ids
      .filter((id) => graph[id] !== undefined)
      .toReversed()
      .map((id) => ({ id, causes: (graph[id] ?? []).map(causeOf) }));
  };
  return { read, reads };
}

test('the walk lists each run once, the nearest first, with one read a level', async () => {
  const { read, reads } = readerOf({ d: ['b', 'c'], b: ['a'], c: ['a', 'gone'], a: [] });
  const { runs, isTruncated } = await walkCauses('d', read);
  expect(runs.map(({ id }) => id)).toEqual(['d', 'b', 'c', 'a']);
  expect(isTruncated).toBe(false);
  expect(reads).toEqual([['d'], ['b', 'c'], ['a', 'gone']]);
});

test('a walk over any graph ends, and lists what can be reached, up to 200 runs', async () => {
  const node = fc.integer({ min: 0, max: 299 }).map((n) => `r${n}`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(node, { maxLength: 3 }), { minLength: 1, maxLength: 300 }),
      async (edges) => {
        const graph = Object.fromEntries(edges.map((to, n) => [`r${n}`, to]));
        const reached = new Set(['r0']);
        for (const id of reached) for (const to of graph[id] ?? []) if (graph[to]) reached.add(to);
        const { runs, isTruncated } = await walkCauses('r0', readerOf(graph).read);
        const ids = runs.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.every((id) => reached.has(id))).toBe(true);
        if (!isTruncated) expect(ids).toHaveLength(reached.size);
        expect(ids.length).toBeLessThanOrEqual(200);
      },
    ),
  );
});

test('a cause is in the namespace of the pipeline, the table or the zone that it names', () => {
  const table = { kind: 'table', table: 'b.gold.t', data_version: '1', run_id: null } as const;
  const files: FiringCause = { kind: 'files', zone: 'c/in', files: [], total: 0 };
  const person = { kind: 'person', name: null } as const;
  expect([causeOf('x'), table, files, person].map(namespaceOfCause)).toEqual([
    'a',
    'b',
    'c',
    undefined,
  ]);
});
