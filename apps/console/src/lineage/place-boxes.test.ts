import { expect, test } from '@jest/globals';
import { BOX_HEIGHT, BOX_WIDTH, placeBoxes } from './place-boxes.ts';

const CHAIN = {
  ids: ['a', 'b', 'c', 'd'],
  pairs: [
    ['a', 'b'],
    ['b', 'c'],
    ['a', 'd'],
  ],
} as const;

test('data flows to the right, or down, and no two boxes overlap', () => {
  for (const direction of ['right', 'down'] as const) {
    const axis = direction === 'right' ? 0 : 1;
    const places = placeBoxes({ ...CHAIN, direction });
    const along = places.map((place) => place[axis]);
    expect(along[0]).toBeLessThan(along[1] ?? 0);
    expect(along[1]).toBeLessThan(along[2] ?? 0);
    expect(along[0]).toBeLessThan(along[3] ?? 0);
    const overlaps = places.flatMap(([left, top], index) =>
      places
        .slice(index + 1)
        .filter(([x, y]) => Math.abs(left - x) < BOX_WIDTH && Math.abs(top - y) < BOX_HEIGHT),
    );
    expect(overlaps).toEqual([]);
  }
});

test('boxes that read each other in a circle are placed', () => {
  const places = placeBoxes({
    ids: ['a', 'b'],
    pairs: [
      ['a', 'b'],
      ['b', 'a'],
    ],
    direction: 'right',
  });
  expect(places[0]).not.toEqual(places[1]);
});
