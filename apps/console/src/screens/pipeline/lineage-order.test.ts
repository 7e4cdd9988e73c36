import { expect, test } from '@jest/globals';
import { orderLineage, type Lineage } from './lineage-order.ts';

function lineage(edges: readonly (readonly [string, string])[]): Lineage {
  const ids = [...new Set(edges.flat())];
  return {
    nodes: ids.map((id) => ({ id })),
    edges: edges.map(([from, to]) => ({ from, to })),
  } as unknown as Lineage;
}

test('nodes stand in the order in which data flows, at their least distance', () => {
  const placed = orderLineage(
    lineage([
      ['raw', 'orders'],
      ['orders', 'root'],
      ['raw', 'root'],
      ['root', 'daily'],
    ]),
    'root',
  );
  expect(placed.map(({ node, distance }) => [node.id, distance])).toEqual([
    ['orders', -1],
    ['raw', -1],
    ['root', 0],
    ['daily', 1],
  ]);
});

test('a circle of pipelines ends the walk', () => {
  const placed = orderLineage(
    lineage([
      ['root', 'a'],
      ['a', 'root'],
    ]),
    'root',
  );
  expect(placed.map(({ node }) => node.id)).toEqual(['a', 'root']);
});
