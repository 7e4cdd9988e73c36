import { expect, test } from '@jest/globals';
import { addToHistory } from './query-history.ts';

test('a query that is run again moves to the front, and is kept once', () => {
  expect(addToHistory(['a', 'b', 'c'], 'c')).toEqual(['c', 'a', 'b']);
});

test('the history keeps 50 queries', () => {
  const many = Array.from({ length: 50 }, (_, n) => `SELECT ${n}`);
  const next = addToHistory(many, 'SELECT 99');
  expect(next).toHaveLength(50);
  expect(next[0]).toBe('SELECT 99');
  expect(next).not.toContain('SELECT 49');
});
