import { expect, test } from '@jest/globals';
import { RetrySchedule } from './retry-schedule.ts';

test('a subject that keeps failing waits longer each time, up to a bound, and jitter spreads the waits', () => {
  const schedule = new RetrySchedule({ firstMs: 1_000, longestMs: 60_000 });
  let now = 0;
  const waits = Array.from({ length: 10 }, () => {
    const wait = schedule.failed('a', now, 1);
    expect(schedule.waiting(now + wait - 1)).toEqual(['a']);
    expect(schedule.waiting(now + wait)).toEqual([]);
    now += wait;
    return wait;
  });
  expect(waits.slice(0, 3)).toEqual([2_000, 4_000, 8_000]);
  expect(waits.at(-1)).toBe(60_000);
  expect(schedule.failed('a', now, 0)).toBe(30_000);
});

test('a subject that succeeded starts with the shortest wait when it fails again', () => {
  const schedule = new RetrySchedule({ firstMs: 1_000, longestMs: 60_000 });
  for (let n = 0; n < 5; n += 1) schedule.failed('a', 0, 1);
  schedule.forget('a');
  expect(schedule.waiting(0)).toEqual([]);
  expect(schedule.failed('a', 0, 1)).toBe(2_000);
});
