import { describe, expect, test } from '@jest/globals';
import { prependFirst } from './prepend-first.ts';

let isOpen: boolean;

async function* count(to: number): AsyncGenerator<number, void> {
  isOpen = true;
  try {
    for (let n = 1; n <= to; n += 1) yield await Promise.resolve(n);
  } finally {
    isOpen = false;
  }
}

async function begin(to: number): Promise<AsyncIterableIterator<number, void>> {
  const rest = count(to);
  return prependFirst(await rest.next(), rest);
}

async function all(numbers: AsyncIterable<number>): Promise<number[]> {
  const taken: number[] = [];
  for await (const n of numbers) taken.push(n);
  return taken;
}

describe('prependFirst', () => {
  test.each([0, 1, 3])('an iterator of %i results has all of them', async (to) => {
    const expected = Array.from({ length: to }, (_, n) => n + 1);
    expect(await all(await begin(to))).toEqual(expected);
    expect(isOpen).toBe(false);
  });

  test.each([0, 1, 2])(
    'an iterator that is left after %i results is closed and empty',
    async (n) => {
      const numbers = await begin(3);
      for (let taken = 0; taken < n; taken += 1) await numbers.next();
      expect(isOpen).toBe(true);
      await numbers.return?.();
      expect(isOpen).toBe(false);
      expect(await all(numbers)).toEqual([]);
    },
  );
});
