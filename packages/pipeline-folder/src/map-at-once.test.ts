import { expect, test } from '@jest/globals';
import { mapAtOnce } from './map-at-once.ts';

test('several acts are under way at once, and the results are in the order of the items', async () => {
  const waiting: (() => void)[] = [];
  let most = 0;
  const done = mapAtOnce([...Array(20).keys()], async (item) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return item * 2;
  });
  for (let ended = 0; ended < 20;) {
    most = Math.max(most, waiting.length);
    // The last one ends first.
    waiting.pop()?.();
    ended += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await done).toEqual([...Array(20).keys()].map((item) => item * 2));
  expect(most).toBe(4);
});

test('after an error no further act begins', async () => {
  const begun: number[] = [];
  const act = async (item: number): Promise<void> => {
    begun.push(item);
    await new Promise((resolve) => setImmediate(resolve));
    if (item === 1) throw new Error('the second');
  };
  await expect(mapAtOnce([...Array(100).keys()], act)).rejects.toThrow('the second');
  const count = begun.length;
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(begun.length).toBeLessThan(count + 4);
  expect(begun.length).toBeLessThan(20);
});
