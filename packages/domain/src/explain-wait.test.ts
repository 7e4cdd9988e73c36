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
  fullQuota: undefined,
  usualMs: 60_000,
};

const BUSY = { running: [{ runId: 'r1', startedAt: later(-20) }] };

function codes(facts: Partial<WaitFacts>): string[] {
  return explainWait({ ...FREE, ...facts }).reasons.map((one) => one.code);
}

describe('the reasons why a run waits', () => {
  test.each([
    ['it is next', {}, ['queued']],
    ['its pipeline is at its limit', BUSY, ['pipeline_busy']],
    ['other runs are ahead of it', { ...BUSY, ahead: 2 }, ['pipeline_busy', 'behind_others']],
    [
      'its last attempt failed a moment ago',
      { attempt: 1, nextAttemptAt: later(30) },
      ['retry_backoff'],
    ],
    ['no runner is live', { liveRunners: 0, slots: 0 }, ['no_live_runner']],
    ['all slots are in use', { slotsUsed: 2 }, ['all_slots_busy']],
    [
      'its namespace runs as many as its quota allows',
      { fullQuota: { namespace: 'sales', limit: 3 } },
      ['namespace_busy'],
    ],
    [
      'other runs are ahead of it, and there are slots for all',
      { ahead: 1, concurrencyLimit: 2 },
      ['queued'],
    ],
  ])('when %s, a run’s wait has that reason', (_, facts, expected) => {
    expect(codes(facts)).toEqual(expected);
  });

  test('a running or ended run has no reason to wait', () => {
    for (const status of ['running', 'success', 'failed', 'cancelled'] as const) {
      expect(explainWait({ ...FREE, ...BUSY, status })).toMatchObject({
        waiting: false,
        reasons: [],
      });
    }
  });
});

describe('the estimated start of a waiting run', () => {
  test.each([
    ['a run that is next starts now', {}, NOW],
    ['a run starts when the run ahead of it ends after its usual duration', BUSY, later(40)],
    ['a run starts after all runs ahead of it', { ...BUSY, ahead: 2 }, later(160)],
    [
      'a run starts now when the run ahead of it is overdue',
      { running: [{ runId: 'r', startedAt: later(-90) }] },
      NOW,
    ],
    [
      'a run starts with the first free slot of several',
      {
        running: [...BUSY.running, { runId: 'r2', startedAt: later(-50) }],
        concurrencyLimit: 2,
        ahead: 1,
      },
      later(40),
    ],
    [
      'a run does not start before its retry is due',
      { attempt: 1, nextAttemptAt: later(300) },
      later(300),
    ],
    ['the start is unknown without an ended run', { ...BUSY, usualMs: undefined }, undefined],
    ['the start is unknown without a live runner', { liveRunners: 0 }, undefined],
  ])('%s', (_, facts, expected) => {
    expect(explainWait({ ...FREE, ...facts }).estimatedStartAt).toEqual(expected);
  });
});
