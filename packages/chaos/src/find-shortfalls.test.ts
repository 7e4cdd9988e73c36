import { expect, test } from '@jest/globals';
import { findShortfalls } from './find-shortfalls.ts';

const played = {
  runs: 90,
  turns: ['calm', 'api-killed', 'calm'].map((scenario) => ({ scenario })),
};

test('a play of enough runs and scenarios has no shortfall', () => {
  expect(findShortfalls(played, { runs: 90, scenarios: 2 })).toEqual([]);
});

test('too few runs and too few different scenarios are both named', () => {
  expect(findShortfalls(played, { runs: 91, scenarios: 3 })).toEqual([
    '90 runs of at least 91',
    '2 scenarios of at least 3',
  ]);
});

test('an empty play falls short of any minimum', () => {
  expect(findShortfalls({ runs: 0, turns: [] }, { runs: 1, scenarios: 1 })).toHaveLength(2);
});
