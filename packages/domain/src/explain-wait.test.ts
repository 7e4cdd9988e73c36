import { describe, expect, test } from '@jest/globals';
import { explainWait, type WaitFacts } from './explain-wait.ts';

const NOW = new Date('2026-01-01T12:00:00Z');

function later(seconds: number): Date {
  return new Date(NOW.getTime() + seconds * 1_000);
}

const FREE: WaitFacts = {
  now: NOW,
  status: 'pending',
  attempt: 0,
  waitingSince: later(-5),
  nextAttemptAt: undefined,
  lastFailure: undefined,
  pool: 'default',
  concurrencyLimit: 1,
  running: [],
  ahead: 0,
  firstAhead: undefined,
  liveRunners: 1,
  slots: 2,
  slotsUsed: 0,
  usualMs: 60_000,
};

const BUSY = { running: [{ runId: 'r1', startedAt: later(-20) }] };

function codes(facts: Partial<WaitFacts>): string[] {
  return explainWait({ ...FREE, ...facts }).reasons.map((one) => one.code);
}

describe('why a run waits', () => {
  test.each([
    ['it is its turn', {}, ['queued']],
    ['its pipeline runs', BUSY, ['pipeline_busy']],
    ['others are before it', { ...BUSY, ahead: 2 }, ['pipeline_busy', 'behind_others']],
    ['it failed a moment ago', { attempt: 1, nextAttemptAt: later(30) }, ['retry_backoff']],
    ['nobody is there', { liveRunners: 0, slots: 0 }, ['no_live_runner']],
    ['everybody is busy', { slotsUsed: 2 }, ['all_slots_busy']],
    [
      'others are before it, and there is room for all',
      { ahead: 1, concurrencyLimit: 2 },
      ['queued'],
    ],
  ])('because %s', (_, facts, expected) => {
    expect(codes(facts)).toEqual(expected);
  });

  test('is not asked of one that runs or has ended', () => {
    for (const status of ['running', 'success', 'failed', 'cancelled'] as const) {
      expect(explainWait({ ...FREE, ...BUSY, status })).toMatchObject({
        waiting: false,
        reasons: [],
      });
    }
  });
});

describe('when it will start', () => {
  test.each([
    ['now, when it is its turn', {}, NOW],
    ['when the run before it has taken its time', BUSY, later(40)],
    ['after all before it', { ...BUSY, ahead: 2 }, later(160)],
    [
      'now, when that run should have ended',
      { running: [{ runId: 'r', startedAt: later(-90) }] },
      NOW,
    ],
    [
      'with the first free slot of several',
      {
        running: [...BUSY.running, { runId: 'r2', startedAt: later(-50) }],
        concurrencyLimit: 2,
        ahead: 1,
      },
      later(40),
    ],
    ['not before its retry is due', { attempt: 1, nextAttemptAt: later(300) }, later(300)],
    ['nobody knows, without a past', { ...BUSY, usualMs: undefined }, undefined],
    ['nobody knows, without a runner', { liveRunners: 0 }, undefined],
  ])('%s', (_, facts, expected) => {
    expect(explainWait({ ...FREE, ...facts }).estimatedStartAt).toEqual(expected);
  });
});
