import { expect, test } from '@jest/globals';
import { percentile } from './duration-stats.ts';

test('a percentile is a value that was measured, and none where nothing was', () => {
  expect(percentile([10, 20, 30, 40], 0.5)).toBe(20);
  expect(percentile([10, 20, 30, 40], 0.95)).toBe(40);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.95)).toBeUndefined();
});
