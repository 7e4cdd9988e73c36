import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { batchPerTick } from './batch-per-tick.ts';

test('calls of one turn are batched, and each gets its own answer', async () => {
  const calls: number[][] = [];
  const double = batchPerTick(async (items: number[]) => {
    calls.push(items);
    return items.map((item) => item * 2);
  }, 3);
  const first = [1, 2, 3, 4].map(double);
  await nextTurn();
  const second = double(5);
  expect(await Promise.all([...first, second])).toEqual([2, 4, 6, 8, 10]);
  expect(calls).toEqual([[1, 2, 3], [4], [5]]);
});

test('a batch that does not end does not delay the batch of another turn', async () => {
  const answer = batchPerTick(async (items: string[]) => {
    if (items.includes('stuck')) await new Promise(() => undefined);
    return items;
  }, 10);
  void answer('stuck');
  await nextTurn();
  expect(await answer('free')).toBe('free');
});

test('an error of the work rejects every call of its batch', async () => {
  const fail = batchPerTick(async (items: number[]): Promise<number[]> => {
    if (items.length > 1) throw new Error('too many');
    return items;
  }, 10);
  const outcomes = await Promise.allSettled([fail(1), fail(2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await fail(3)).toBe(3);
});
