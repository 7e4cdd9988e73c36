import { describe, expect, test } from '@jest/globals';
import { summarize } from './summarize.ts';

describe('the summary of measurements', () => {
  test('a summary consists of measured values, in any order of measurement', () => {
    const samples = Array.from({ length: 100 }, (_, n) => ((n * 37) % 100) + 1);
    expect(summarize(samples)).toEqual({ n: 100, median: 50, p95: 95, p99: 99, min: 1, max: 100 });
  });

  test('the summary of one measurement is that measurement', () => {
    expect(summarize([7])).toEqual({ n: 1, median: 7, p95: 7, p99: 7, min: 7, max: 7 });
  });

  test('a summary of no measurements is refused', () => {
    expect(() => summarize([])).toThrow('nothing was measured');
  });
});
