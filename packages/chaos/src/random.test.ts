import { describe, expect, test } from '@jest/globals';
import { createRandom } from './random.ts';

describe('a seeded random source', () => {
  const draw = (seed: string): number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 200 }, () => random.between(1, 6));
  };

  test('a random source draws the same numbers for the same seed, and others for another seed', () => {
    expect(draw('7')).toEqual(draw('7'));
    expect(draw('7')).not.toEqual(draw('8'));
  });

  test('a random source draws every number of its range and none beyond', () => {
    expect([...new Set(draw('7'))].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a fork does not depend on earlier draws', () => {
    const drawn = createRandom('7');
    drawn.between(1, 6);
    expect(drawn.fork('x').between(0, 1e9)).toBe(createRandom('7').fork('x').between(0, 1e9));
  });

  test('a shuffle keeps every item', () => {
    expect(
      createRandom('7')
        .shuffle([1, 2, 3, 4])
        .sort((a, b) => a - b),
    ).toEqual([1, 2, 3, 4]);
  });
});
