import { expect, test } from '@jest/globals';
import type { LogCounts } from '@rat/store';
import { LogCountsCache } from './log-counts-cache.ts';

const KEPT = 1_000;

const counts = (lastSeq: number): LogCounts => ({
  lastSeq,
  byLevel: { debug: 0, info: lastSeq, warn: 0, error: 0 },
  firstErrorSeq: undefined,
});

test('counts of an earlier read never take the place of those of a later one', () => {
  const cache = new LogCountsCache();
  cache.keep('a', counts(5));
  cache.keep('a', counts(3));
  expect(cache.find('a')).toEqual(counts(5));
  cache.keep('a', counts(8));
  expect(cache.find('a')).toEqual(counts(8));
});

test('the counts of the run that was read longest ago make room for those of another run', () => {
  const cache = new LogCountsCache();
  for (let n = 0; n < KEPT; n += 1) cache.keep(`run ${n}`, counts(1));
  cache.keep('run 0', counts(2));
  cache.keep('one more', counts(1));
  expect(cache.find('run 0')).toEqual(counts(2));
  expect(cache.find('run 1')).toBeUndefined();
  expect(cache.find('run 2')).toEqual(counts(1));
});
