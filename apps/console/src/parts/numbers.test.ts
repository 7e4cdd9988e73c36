import { expect, test } from '@jest/globals';
import { countOf, formatBytes } from './numbers.ts';

test('bytes are shown with at most four characters of digits and their unit', () => {
  expect([0, 812, 1_000, 1_400_000, 230_000_000_000].map(formatBytes)).toEqual([
    '0 B',
    '812 B',
    '1.0 kB',
    '1.4 MB',
    '230 GB',
  ]);
});

test('a count names one thing in the singular', () => {
  expect([countOf(0, 'run'), countOf(1, 'run'), countOf(1_204, 'run')]).toEqual([
    '0 runs',
    '1 run',
    '1,204 runs',
  ]);
});
