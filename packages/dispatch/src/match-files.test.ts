import { expect, test } from '@jest/globals';
import { checkPattern, matchFiles } from './match-files.ts';

test.each([
  ['*.csv', 'orders.csv', true],
  ['*.csv', '2026/orders.csv', true],
  ['*.csv', 'orders.csv.gz', false],
  ['2026/*.csv', '2026/orders.csv', true],
  ['2026/*.csv', '2026/11/orders.csv', false],
  ['2026/**/*.csv', '2026/11/orders.csv', true],
  ['orders-??.{csv,json}', 'orders-01.json', true],
  ['[a-c]*', 'd.csv', false],
  ['!*.csv', 'orders.csv', false],
  ['*', '.hidden', true],
])('the glob %s compared with %s is %s', (pattern, path, matches) => {
  expect(checkPattern(pattern)).toBeUndefined();
  expect(matchFiles(pattern)(path)).toBe(matches);
});

test('without a glob every file matches', () => {
  expect(matchFiles(null)('any/file')).toBe(true);
});

test('the slowest glob takes little time against the longest name', () => {
  expect(checkPattern('*a*a*a*b')).toBe('must have at most 3 wildcards *');
  const began = performance.now();
  expect(matchFiles('*a*a*ab')('a'.repeat(255))).toBe(false);
  expect(performance.now() - began).toBeLessThan(500);
});
