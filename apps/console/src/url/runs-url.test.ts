import { expect, test } from '@jest/globals';
import { filtersOf, parseRunsUrl, toInstant } from './runs-url.ts';

test('the address of a list keeps its filters, and nothing that it does not know', () => {
  const url = parseRunsUrl({ status: 'failed', q: '', nonsense: 'x', ns: 'sales' });
  expect(url).toEqual({ status: 'failed', ns: 'sales' });
  expect(filtersOf(url)).toEqual([['status', 'failed']]);
});

test('a time before now is a time for the API, and any other text is what it is', () => {
  const now = Date.parse('2026-11-29T14:00:00.000Z');
  expect(toInstant('-24h', now)).toBe('2026-11-28T14:00:00.000Z');
  expect(toInstant('-7d', now)).toBe('2026-11-22T14:00:00.000Z');
  expect(toInstant('2026-11-01', now)).toBe('2026-11-01');
  expect(toInstant(undefined, now)).toBeUndefined();
});
