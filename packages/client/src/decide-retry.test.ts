import { describe, expect, test } from '@jest/globals';
import { decideRetry, type Retry } from './decide-retry.ts';
import { ConnectionError, NotFoundError, RateLimitError, UnavailableError } from './errors.ts';

const given = (retry: Retry, tries = 1, random = 1): Parameters<typeof decideRetry>[1] => ({
  retry,
  tries,
  random,
});

describe('decideRetry', () => {
  test.each(['safe', 'key'] as const)('a lost answer of a %s operation is retried', (retry) => {
    expect(decideRetry(new ConnectionError('cut'), given(retry))).toBe(200);
    expect(decideRetry(new UnavailableError('down', {}), given(retry))).toBe(200);
  });

  test('a lost answer of an operation that must not be repeated is not retried', () => {
    expect(decideRetry(new ConnectionError('cut'), given('never'))).toBeUndefined();
    expect(decideRetry(new UnavailableError('down', {}), given('never'))).toBeUndefined();
  });

  test('a refusal by the rate limit is retried for every operation', () => {
    expect(decideRetry(new RateLimitError('many', {}), given('never'))).toBe(200);
  });

  test('an error that a second request would meet again is not retried', () => {
    expect(decideRetry(new NotFoundError('gone', {}), given('safe'))).toBeUndefined();
    expect(decideRetry(new Error('bug'), given('safe'))).toBeUndefined();
  });

  test('the pause doubles up to ten seconds, of which a half is random', () => {
    const error = new ConnectionError('cut');
    expect([1, 2, 3, 9].map((tries) => decideRetry(error, given('safe', tries)))).toEqual([
      200, 400, 800, 10_000,
    ]);
    expect(decideRetry(error, given('safe', 1, 0))).toBe(100);
  });

  test('no client returns before the Retry-After of the answer', () => {
    const error = new UnavailableError('down', { retryAfterMs: 2_000 });
    expect(decideRetry(error, given('safe', 5, 0))).toBe(2_000);
    expect(decideRetry(error, given('safe', 5, 1))).toBe(2_500);
  });

  test('a Retry-After of more than a minute is left to the caller', () => {
    const error = new RateLimitError('many', { retryAfterMs: 61_000 });
    expect(decideRetry(error, given('safe'))).toBeUndefined();
  });
});
