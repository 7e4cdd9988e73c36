import { expect, test } from '@jest/globals';
import type { LineageBoxes } from './lineage-boxes.ts';
import { orderLineage } from './lineage-order.ts';

function lineage(pairs: readonly (readonly [string, string])[]): LineageBoxes {
  const ids = [...new Set(pairs.flat())];
  return {
    boxes: ids.map((id) => ({ id })),
    flows: pairs.map(([from, to]) => ({ from, to })),
  } as unknown as LineageBoxes;
}

test('boxes stand in the order in which data flows, at their least distance', () => {
  const ordered = orderLineage(
    lineage([
      ['raw', 'orders'],
      ['orders', 'root'],
      ['raw', 'root'],
      ['root', 'daily'],
    ]),
    'root',
  );
  expect(ordered.map(({ box, distance }) => [box.id, distance])).toEqual([
    ['orders', -1],
    ['raw', -1],
    ['root', 0],
    ['daily', 1],
  ]);
});

test('a circle of pipelines ends the walk', () => {
  const circle = lineage([
    ['root', 'a'],
    ['a', 'root'],
  ]);
  expect(orderLineage(circle, 'root').map(({ box }) => box.id)).toEqual(['a', 'root']);
});

test('without a root every box is there, by its name', () => {
  const ordered = orderLineage(lineage([['b', 'a']]), undefined);
  expect(ordered.map(({ box }) => box.id)).toEqual(['a', 'b']);
});
