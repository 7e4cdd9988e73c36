import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findCycle } from './find-cycle.ts';

const of = (graph: Readonly<Record<string, readonly string[]>>) => (address: string) =>
  graph[address] ?? [];

test('the shortest cycle is named in the order of the runs', () => {
  expect(findCycle('a', of({ a: ['a'] }))).toEqual(['a', 'a']);
  expect(findCycle('c', of({ c: ['b'], b: ['a'], a: ['c'] }))).toEqual(['c', 'a', 'b', 'c']);
  expect(findCycle('a', of({ a: ['x', 'b'], x: ['y'], y: ['a'], b: ['a'] }))).toEqual([
    'a',
    'b',
    'a',
  ]);
});

test('a cycle that does not hold the start is none, and does not keep the search', () => {
  expect(findCycle('a', of({ a: ['b'], b: ['c'], c: ['b'] }))).toBeUndefined();
});

test('any graph is searched with one look at each address', () => {
  const address = fc.integer({ min: 0, max: 30 }).map(String);
  fc.assert(
    fc.property(fc.array(fc.tuple(address, address), { maxLength: 200 }), (edges) => {
      const looks: string[] = [];
      const path = findCycle('0', (at) => {
        looks.push(at);
        return edges.filter(([below]) => below === at).map(([, upstream]) => upstream);
      });
      expect(new Set(looks).size).toBe(looks.length);
      const steps = (path ?? []).slice(1).map((to, n) => [path?.[n], to]);
      const isEdge = ([from, to]: (string | undefined)[]): boolean =>
        edges.some(([below, upstream]) => below === to && upstream === from);
      expect(steps.every(isEdge)).toBe(true);
    }),
  );
});
