import { describe, expect, test } from '@jest/globals';
import { explainQuota, QUOTA_NAMES } from './quota.ts';

const NOW = new Date('2026-11-29T12:59:30.500Z');
const NEXT = new Date('2026-11-29T13:00:00Z');

describe('the refusal of a quota', () => {
  test.each(QUOTA_NAMES)('names the namespace, the use and the limit of %s', (quota) => {
    const use = { namespace: 'sales', quota, limit: 40, used: 39, freeAt: undefined };
    const { message } = explainQuota(use, NOW);
    expect(message).toContain('namespace sales');
    expect(message).toContain('39');
    expect(message).toContain('40');
  });

  test('of an hour says when the next one begins, and to wait until then', () => {
    const use = {
      namespace: 'sales',
      quota: 'query_seconds' as const,
      limit: 40,
      used: 41.25,
      freeAt: NEXT,
    };
    expect(explainQuota(use, NOW)).toEqual({
      message:
        'namespace sales has used 41.25 s of its 40 s of queries an hour; the next hour begins at 2026-11-29T13:00:00.000Z',
      retryAfterSeconds: 30,
    });
    expect(explainQuota(use, NEXT).retryAfterSeconds).toBe(1);
  });

  test('of runs in line lets a client try again soon, because a run may start at any time', () => {
    const use = {
      namespace: 'sales',
      quota: 'runs_in_line' as const,
      limit: 2,
      used: 2,
      freeAt: undefined,
    };
    expect(explainQuota(use, NOW).retryAfterSeconds).toBe(5);
  });
});
