import { expect, test } from '@jest/globals';
import { InputError } from '@rat/domain';
import { refuseOverCap, withinCaps } from './run-caps.ts';

const CAPS = { timeoutSeconds: 60, maxRetries: 3, priority: 10 };

test.each([
  ['timeout_seconds', { overrides: { timeout_seconds: 61 } }, 60],
  ['max_retries', { overrides: { max_retries: 4 } }, 3],
  ['priority', { priority: 11 }, 10],
])(
  'a request whose %s exceeds the limit is refused, and the message names both',
  (path, request, cap) => {
    const refusal = (): void => refuseOverCap(request, CAPS);
    expect(refusal).toThrow(InputError);
    expect(refusal).toThrow(`${path} must be at most ${cap}`);
  },
);

test('a request within the limits is accepted, including a low priority', () => {
  const overrides = { timeout_seconds: 60, max_retries: 3 };
  expect(() => refuseOverCap({ priority: 10, overrides }, CAPS)).not.toThrow();
  expect(() => refuseOverCap({ priority: -100 }, CAPS)).not.toThrow();
});

test('a rerun of a run with higher values gets the current limits', () => {
  const old = { priority: 100, overrides: { timeout_seconds: 86_400, retry_delay_seconds: 2 } };
  expect(withinCaps(old, CAPS)).toEqual({
    priority: 10,
    overrides: { timeout_seconds: 60, retry_delay_seconds: 2 },
  });
});
