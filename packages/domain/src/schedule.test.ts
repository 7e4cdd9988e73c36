import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CATCH_UPS, decideFirings, decideOverlap, delayOf, type ActiveRun } from './schedule.ts';

const NOW = new Date('2026-11-29T12:00:00Z');
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1_000);
const WEEK_MS = 7 * 86_400_000;

function decide(catchUp: (typeof CATCH_UPS)[number], seconds: number[], windowMs = WEEK_MS) {
  const due = { times: seconds.map(ago), earlier: undefined };
  const { fire, missed } = decideFirings(due, { now: NOW, delayMs: 0, catchUp, windowMs });
  const toAgo = (time: Date): number => (NOW.getTime() - time.getTime()) / 1_000;
  return {
    fire: fire.map(toAgo),
    missed: missed && [missed.count, toAgo(missed.first), toAgo(missed.last)],
  };
}

describe('the catch-up policy', () => {
  test.each([
    ['none', [0], { fire: [0], missed: undefined }],
    ['none', [60], { fire: [60], missed: undefined }],
    ['none', [61], { fire: [], missed: [1, 61, 61] }],
    ['none', [300, 200, 10], { fire: [10], missed: [2, 300, 200] }],
    ['latest', [300, 200, 100], { fire: [100], missed: [2, 300, 200] }],
    ['latest', [300, 200, 10], { fire: [10], missed: [2, 300, 200] }],
    ['latest', [50, 40, 10], { fire: [50, 40, 10], missed: undefined }],
    ['all', [300, 200, 10], { fire: [300, 200, 10], missed: undefined }],
    ['latest', [], { fire: [], missed: undefined }],
  ] as const)('%s of times %j s ago: %j', (catchUp, seconds, expected) => {
    expect(decide(catchUp, [...seconds])).toEqual(expected);
  });

  test('all reaches as far back as its window, and a time that is on time fires whatever the window', () => {
    expect(decide('all', [300, 200, 10], 250_000)).toEqual({
      fire: [200, 10],
      missed: [1, 300, 300],
    });
    expect(decide('all', [300, 50], 0)).toEqual({ fire: [50], missed: [1, 300, 300] });
  });

  test('a delayed schedule is late only when its delay has passed', () => {
    const due = { times: [ago(120)], earlier: undefined };
    const rules = { now: NOW, delayMs: 90_000, catchUp: 'none', windowMs: 0 } as const;
    expect(decideFirings(due, rules).fire).toHaveLength(1);
  });

  test('every due time fires or is counted as missed, in whatever order policies and outages come', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CATCH_UPS),
        fc.uniqueArray(fc.nat({ max: 1_000_000 }), { maxLength: 50 }),
        fc.option(fc.integer({ min: 1, max: 30_000 }), { nil: undefined }),
        fc.nat({ max: 2_000_000 }),
        (catchUp, seconds, more, window) => {
          const times = seconds.toSorted((a, b) => b - a).map(ago);
          const earlier =
            more === undefined ? undefined : { count: more, first: ago(3e6), last: ago(2e6) };
          const rules = { now: NOW, delayMs: 0, catchUp, windowMs: window * 1_000 };
          const { fire, missed } = decideFirings({ times, earlier }, rules);
          expect(fire.length + (missed?.count ?? 0)).toBe(times.length + (more ?? 0));
          expect(fire).toEqual(times.slice(times.length - fire.length));
          if (missed) expect(missed.first <= missed.last).toBe(true);
        },
      ),
    );
  });
});

describe('the overlap policy', () => {
  const active = (count: number): ActiveRun[] =>
    Array.from({ length: count }, (_, n) => ({
      id: `run-${n}`,
      status: n === 0 ? 'running' : 'pending',
    }));

  test.each([
    ['skip', 0, { kind: 'run' }],
    ['skip', 1, { kind: 'skip', reason: 'overlap', blockedBy: 'run-0' }],
    ['queue_one', 1, { kind: 'run' }],
    ['queue_one', 2, { kind: 'skip', reason: 'overlap', blockedBy: 'run-0' }],
    ['queue', 100, { kind: 'run' }],
    ['queue', 101, { kind: 'skip', reason: 'line_full', blockedBy: 'run-0' }],
    ['replace', 0, { kind: 'run' }],
    ['replace', 3, { kind: 'replace' }],
  ] as const)('%s beside %i active runs: %j', (overlap, count, expected) => {
    expect(decideOverlap(overlap, active(count))).toEqual(expected);
  });
});

test('the delay of a schedule is always the same, below its jitter, and spread over it', () => {
  const ids = Array.from(
    { length: 1_000 },
    (_, n) => `01940000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  );
  const delays = ids.map((id) => delayOf(id, 100));
  expect(delays).toEqual(ids.map((id) => delayOf(id, 100)));
  expect(delays.every((delay) => delay >= 0 && delay < 100)).toBe(true);
  expect(new Set(delays).size).toBeGreaterThan(90);
  expect(delayOf('x', 0)).toBe(0);
});
