import { describe, expect, test } from '@jest/globals';
import { FAILURE_CODES, isRetryable } from './failure.ts';
import { decideSettlement, type AttemptOutcome, type SettleFacts } from './settle.ts';

const facts: SettleFacts = {
  attempt: 1,
  interruptions: 0,
  maxAttempts: 3,
  earlierCrashes: 0,
  cancelRequested: false,
  retryDelayMs: 1_000,
  random: 0,
};

function failure(code: (typeof FAILURE_CODES)[number]): AttemptOutcome<string> {
  return { kind: 'failure', failure: { code, message: 'it broke' } };
}

describe('what an outcome means for its run', () => {
  test('a requested cancel outranks success, failure and retry', () => {
    const asked = { ...facts, cancelRequested: true };
    const outcomes: AttemptOutcome<string>[] = [
      { kind: 'success', publication: 'data' },
      failure('sql_error'),
      failure('stalled'),
      { kind: 'interrupted' },
    ];
    for (const outcome of outcomes)
      expect(decideSettlement(outcome, asked)).toEqual({ kind: 'cancel' });
  });

  test.each(FAILURE_CODES)('%s is tried again exactly when it may pass by itself', (code) => {
    expect(decideSettlement(failure(code), facts).kind).toBe(isRetryable(code) ? 'retry' : 'fail');
  });

  test('an attempt too many is a failure, whatever its code', () => {
    expect(decideSettlement(failure('stalled'), { ...facts, attempt: 3 }).kind).toBe('fail');
  });

  test('an attempt that a shutdown gave back is not counted', () => {
    const settled = decideSettlement(failure('stalled'), {
      ...facts,
      attempt: 3,
      interruptions: 1,
    });
    expect(settled.kind).toBe('retry');
  });

  describe('a crash of the executor process', () => {
    const crashed: AttemptOutcome<string> = {
      kind: 'failure',
      failure: { code: 'internal', message: 'it ended', phase: 'write', crash: 'SIGSEGV' },
    };

    test('is repeated once, at once, and spends no attempt, even of a run without retries', () => {
      expect(decideSettlement(crashed, { ...facts, maxAttempts: 1 })).toEqual({
        kind: 'retry',
        failure: crashed.failure,
        delayMs: 0,
        spentNoAttempt: true,
      });
    });

    test('is the author’s when it comes a second time, and is not repeated again', () => {
      const settled = decideSettlement(crashed, { ...facts, attempt: 2, earlierCrashes: 1 });
      expect(settled).toEqual({
        kind: 'fail',
        failure: {
          code: 'sql_error',
          message: expect.stringContaining('brought its process down twice (SIGSEGV)'),
          phase: 'write',
        },
      });
    });

    test('does not count when another failure follows it', () => {
      const settled = decideSettlement(failure('stalled'), { ...facts, earlierCrashes: 1 });
      expect(settled.kind).toBe('retry');
    });
  });

  test('the pause doubles from attempt to attempt, up to ten minutes and a fifth', () => {
    const delays = [1, 2, 3, 20].map((attempt) => {
      const settled = decideSettlement(failure('stalled'), {
        ...facts,
        attempt,
        maxAttempts: 99,
        random: attempt === 20 ? 1 : 0,
      });
      return settled.kind === 'retry' ? settled.delayMs : undefined;
    });
    expect(delays).toEqual([1_000, 2_000, 4_000, 720_000]);
  });
});
