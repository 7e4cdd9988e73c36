import { expect, test } from '@jest/globals';
import { nearestKey } from './nearest-key.ts';

const KEYS = ['merge_strategy', 'timeout_seconds', 'pool', 'tests', 'unique_key'];

test.each([
  ['merge-strategy', 'merge_strategy'],
  ['mergeStrategy', 'merge_strategy'],
  ['MERGE_STRATEGY', 'merge_strategy'],
  ['merge_stratgey', 'merge_strategy'],
  ['merge\u200B_strategy', 'merge_strategy'],
  ['timeout', 'timeout_seconds'],
  ['test', 'tests'],
  ['unique_keys', 'unique_key'],
  ['poolside', undefined],
  ['alice', undefined],
  ['x'.repeat(300), undefined],
])('the nearest key to %s is %s', (key, meant) => {
  expect(nearestKey(key, KEYS)).toBe(meant);
});
