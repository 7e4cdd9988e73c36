import { expect, test } from '@jest/globals';
import { splitMatches, toPattern } from './find-lines.ts';

test('a text is searched for as it is, whatever its signs mean in a pattern', () => {
  const pattern = toPattern({ text: 'a.b(', isExact: false, isPattern: false });
  expect(pattern).toBeInstanceOf(RegExp);
  expect(splitMatches('xA.B(y', pattern as RegExp)).toEqual([
    { text: 'x', isMatch: false },
    { text: 'A.B(', isMatch: true },
    { text: 'y', isMatch: false },
  ]);
});

test('a broken pattern says so, and an empty one finds nothing', () => {
  expect(toPattern({ text: '(', isExact: true, isPattern: true })).toBe('not a regular expression');
  expect(toPattern({ text: '', isExact: true, isPattern: true })).toBeUndefined();
  expect(splitMatches('abc', /x*/g)).toEqual([{ text: 'abc', isMatch: false }]);
});
