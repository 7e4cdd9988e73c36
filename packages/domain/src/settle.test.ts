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

  test.each(FAILURE_CODES)(
    'a failure with code %s is retried exactly when it is retryable',
    (code) => {
      expect(decideSettlement(failure(code), facts).kind).toBe(
        isRetryable(code) ? 'retry' : 'fail',
      );
    },
  );

  test('the last allowed attempt fails with any code', () => {
    expect(decideSettlement(failure('stalled'), { ...facts, attempt: 3 }).kind).toBe('fail');
  });

  test('an attempt that a shutdown interrupted is not counted', () => {
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

    test('the first crash is retried at once and spends no attempt, even without configured retries', () => {
      expect(decideSettlement(crashed, { ...facts, maxAttempts: 1 })).toEqual({
        kind: 'retry',
        failure: crashed.failure,
        delayMs: 0,
        spentNoAttempt: true,
      });
    });

    test('the second crash is the author’s failure and is not retried', () => {
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

    test('a failure without a crash is settled by its code, after a crash too', () => {
      const settled = decideSettlement(failure('stalled'), { ...facts, earlierCrashes: 1 });
      expect(settled.kind).toBe('retry');
    });
  });

  test('the retry delay doubles with each attempt, up to ten minutes plus 20 % jitter', () => {
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
