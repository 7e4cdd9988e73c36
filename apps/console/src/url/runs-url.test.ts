import { expect, test } from '@jest/globals';
import { filtersOf, isViewOf, parseRunsUrl, toInstant, toViewQuery } from './runs-url.ts';

test('the address of a list keeps its filters, and nothing that it does not know', () => {
  const url = parseRunsUrl({ status: 'failed', q: '', nonsense: 'x', ns: 'sales' });
  expect(url).toEqual({ status: 'failed', ns: 'sales' });
  expect(filtersOf(url)).toEqual([['status', 'failed']]);
});

test('a view keeps the filters and the namespace, and is the one of an address on each of its pages', () => {
  const url = { status: 'failed', ns: 'sales', cursor: 'abc', live: '1' };
  const view = { status: 'failed', ns: 'sales' };
  expect(toViewQuery(url)).toEqual(view);
  expect(isViewOf(view, url)).toBe(true);
  expect(isViewOf(view, { status: 'failed' })).toBe(false);
  expect(isViewOf(view, { ...url, q: 'x' })).toBe(false);
  expect(isViewOf(view, { ...url, status: 'failed,running' })).toBe(false);
  expect(isViewOf({}, { ns: undefined })).toBe(true);
});

test('a time before now is a time for the API, and any other text is what it is', () => {
  const now = Date.parse('2026-11-29T14:00:00.000Z');
  expect(toInstant('-24h', now)).toBe('2026-11-28T14:00:00.000Z');
  expect(toInstant('-7d', now)).toBe('2026-11-22T14:00:00.000Z');
  expect(toInstant('2026-11-01', now)).toBe('2026-11-01');
  expect(toInstant(undefined, now)).toBeUndefined();
});
