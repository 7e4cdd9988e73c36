import { expect, test } from '@jest/globals';
import { nextMark, nextName, timeLeft } from './upload-speed.ts';

test('the time left follows from the speed, and is not told before there is one', () => {
  const start = { at: 0, sent: 0, speed: 0 };
  expect(timeLeft(start, 1_000)).toBeUndefined();
  const mark = nextMark(start, 1_000, 250);
  expect(mark.speed).toBe(250);
  expect(timeLeft(mark, 1_000)).toBe(3_000);
});

test('one slow moment does not turn the speed over', () => {
  const mark = nextMark({ at: 0, sent: 0, speed: 100 }, 1_000, 0);
  expect(mark.speed).toBeCloseTo(70);
});

test('a name that is taken gets a number before its end', () => {
  expect(['orders.csv', 'orders-2.csv', 'orders', '.hidden'].map(nextName)).toEqual([
    'orders-2.csv',
    'orders-3.csv',
    'orders-2',
    '.hidden-2',
  ]);
});
