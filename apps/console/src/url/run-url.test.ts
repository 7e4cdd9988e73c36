import { expect, test } from '@jest/globals';
import { parseLines, parseRunUrl, printLines } from './run-url.ts';

test('a link to lines of a log reads as it was printed, in any direction', () => {
  expect(parseLines('#L41-L48')).toEqual({ from: 41, to: 48 });
  expect(parseLines('L48-L41')).toEqual({ from: 41, to: 48 });
  expect(printLines({ from: 7, to: 7 })).toBe('L7');
  expect(printLines({ from: 41, to: 48 })).toBe('L41-L48');
  expect(parseLines('#L')).toBeUndefined();
});

test('a tab that does not exist is left out of the address', () => {
  expect(parseRunUrl({ tab: 'nonsense' }).tab).toBeUndefined();
  expect(parseRunUrl({ tab: 'sql' }).tab).toBe('sql');
});

test('the address says whether long lines are wrapped', () => {
  expect(parseRunUrl({ wrap: 'yes' }).wrap).toBe('yes');
  expect(parseRunUrl({ wrap: 'no' }).wrap).toBeUndefined();
});
