import { expect, test } from '@jest/globals';
import { afterNeeds } from './after-needs.ts';

const order = (nodes: Record<string, string[]>) =>
  afterNeeds(Object.entries(nodes).map(([pipeline, needs]) => ({ pipeline, needs }))).map(
    ({ pipeline }) => pipeline,
  );

test('a pipeline of a group comes after all that it needs, whatever their addresses', () => {
  expect(order({ source: [], end: ['middle'], middle: ['source'] })).toEqual([
    'source',
    'middle',
    'end',
  ]);
  expect(order({ d: ['b', 'c'], b: ['a'], c: ['a'], a: [] })).toEqual(['a', 'b', 'c', 'd']);
});

test('pipelines that do not need each other keep their order, and a need outside of the group is no matter', () => {
  expect(order({ b: [], a: ['elsewhere'], c: [] })).toEqual(['b', 'a', 'c']);
});
