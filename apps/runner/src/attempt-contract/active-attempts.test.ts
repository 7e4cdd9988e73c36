import { expect, test } from '@jest/globals';
import { abortReason } from './abort-reason.ts';
import { ActiveAttempts } from './active-attempts.ts';

const FIRST = { runId: 'a', attempt: 1 };
const SECOND = { runId: 'a', attempt: 2 };

test('the first reason of a stop stands, and a lost lease is reported beside it', () => {
  const held = new ActiveAttempts();
  const hold = held.hold(FIRST, 0);
  held.abort('a', 'cancelled');
  held.abort('a', 'lease_lost');
  expect(abortReason(hold.stop)).toBe('cancelled');
  expect(hold.lost.aborted).toBe(true);
});

test('a lost lease of an attempt does not stop a newer attempt of the same run', () => {
  const held = new ActiveAttempts();
  held.hold(FIRST, 0).release();
  const second = held.hold(SECOND, 0);
  held.abortAttempt(FIRST, 'lease_lost');
  expect(second.stop.aborted).toBe(false);
  held.abortAttempt(SECOND, 'lease_lost');
  expect(abortReason(second.stop)).toBe('lease_lost');
});

test('an attempt that was overtaken while the process slept is stopped when the next one begins', () => {
  const held = new ActiveAttempts();
  const first = held.hold(FIRST, 0);
  const second = held.hold(SECOND, 0);
  expect(abortReason(first.stop)).toBe('lease_lost');
  first.release();
  expect(held.list()).toEqual([SECOND]);
  expect(second.stop.aborted).toBe(false);
});

test('an attempt with an unconfirmed lease is listed, and one with a confirmed lease is not', () => {
  const held = new ActiveAttempts();
  held.hold(FIRST, 100);
  held.hold({ runId: 'b', attempt: 1 }, 100);
  held.confirmLease({ runId: 'b', attempt: 1 }, 200);
  expect(held.unconfirmedSince(150)).toMatchObject([FIRST]);
});
