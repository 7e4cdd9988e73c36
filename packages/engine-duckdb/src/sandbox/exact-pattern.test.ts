import { expect, test } from '@jest/globals';
import { exactPattern, inexactPaths } from './exact-pattern.ts';

test('a path without pattern characters stays unchanged', () => {
  expect(exactPattern("zone/it's {1}\\2 %#.csv")).toBe("zone/it's {1}\\2 %#.csv");
});

test('each pattern character in a path matches only itself', () => {
  expect(exactPattern('zone/a[1]*?.csv')).toBe('zone/a[[]1][*][?].csv');
  expect(exactPattern('zone/a\\b[1].csv')).toBe('zone/a[[-]]b[[]1].csv');
});

test('only paths whose pattern matches another path are reported as inexact', () => {
  expect(inexactPaths(['a\\b*.csv', 'a\\c*.csv', 'a[b.csv'])).toEqual([]);
  expect(inexactPaths(['a\\b*.csv', 'a[b*.csv'])).toEqual(['a\\b*.csv']);
});
