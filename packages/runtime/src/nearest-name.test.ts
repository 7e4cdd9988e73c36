import { expect, test } from '@jest/globals';
import { describeUnknown } from './nearest-name.ts';

const KNOWN = ['namespace', 'full_refresh', 'status', 'from', 'limit'];

test.each([
  ['full_refesh', 'unknown key full_refesh; did you mean full_refresh?'],
  ['fullRefresh', 'unknown key fullRefresh; did you mean full_refresh?'],
  ['FULL-REFRESH', 'unknown key FULL-REFRESH; did you mean full_refresh?'],
  ['stats', 'unknown key stats; did you mean status?'],
  ['limti', 'unknown key limti; did you mean limit?'],
  ['limit[]', 'unknown key limit[]; did you mean limit?'],
  ['format', 'unknown key format'],
  ['', 'unknown key '],
  ['x'.repeat(100), `unknown key ${'x'.repeat(64)}…`],
])('the unknown key %j is refused with the closest known name', (word, message) => {
  expect(describeUnknown('key', word, KNOWN)).toBe(message);
});
