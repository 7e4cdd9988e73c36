import { expect, test } from '@jest/globals';
import { parseSearch, stringifySearch } from './search-text.ts';

test('an address keeps lists and times as a person wrote them', () => {
  const text = '?status=failed,running&from=2026-11-29T14:00:00Z';
  expect(stringifySearch(parseSearch(text))).toBe(text);
});

test('absent and empty parameters leave no trace in an address', () => {
  expect(stringifySearch({ q: '', ns: undefined, tab: 'log' })).toBe('?tab=log');
  expect(stringifySearch({})).toBe('');
});
