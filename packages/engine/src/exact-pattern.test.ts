import { expect, test } from '@jest/globals';
import { exactPattern, inexactPaths } from './exact-pattern.ts';

test('a path without characters of a pattern stays as it is', () => {
  expect(exactPattern("zone/it's {1}\\2 %#.csv")).toBe("zone/it's {1}\\2 %#.csv");
});

test('each character of a pattern stands for itself alone', () => {
  expect(exactPattern('zone/a[1]*?.csv')).toBe('zone/a[[]1][*][?].csv');
  expect(exactPattern('zone/a\\b[1].csv')).toBe('zone/a[[-]]b[[]1].csv');
});

test('two paths that one pattern finds are named, and no others', () => {
  expect(inexactPaths(['a\\b*.csv', 'a\\c*.csv', 'a[b.csv'])).toEqual([]);
  expect(inexactPaths(['a\\b*.csv', 'a[b*.csv'])).toEqual(['a\\b*.csv']);
});
