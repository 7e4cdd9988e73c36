import { describe, expect, test } from '@jest/globals';
import {
  findHiddenInLine,
  findHiddenInText,
  hasVisibleText,
  landingNameProblem,
} from './visible-text.ts';

describe('landingNameProblem', () => {
  test.each([
    'orders.csv',
    'sales 2024 (1).csv',
    'Zürich.parquet',
    '注文.csv',
    'a..b',
    "o'brien.csv",
    'a%20b.csv',
    '50% off; #1 & more.json',
  ])('an ordinary name is accepted: %j', (name) => {
    expect(landingNameProblem(name)).toBeUndefined();
  });

  test.each([
    ['', 'must not be empty'],
    ['é'.repeat(101), 'must be at most 200 bytes long'],
    ['.hidden', 'must not begin with a dot'],
    ['..', 'must not begin with a dot'],
    ['a/b', 'must not contain / \\ * ? [ ] or control characters'],
    ['file[1].csv', 'must not contain / \\ * ? [ ] or control characters'],
    ['a\0b', 'must not contain / \\ * ? [ ] or control characters'],
    ['a\nb', 'must not contain / \\ * ? [ ] or control characters'],
    ['a\u0085b', 'must not contain / \\ * ? [ ] or control characters'],
    ['gpj.\u202efdp', 'must not contain the character U+202E, which a reader cannot see'],
    ['a\u200bb', 'must not contain the character U+200B, which a reader cannot see'],
    ['a\u2028b', 'must not contain the character U+2028, which a reader cannot see'],
    ['\ufeffa.csv', 'must not contain the character U+FEFF, which a reader cannot see'],
    ['a\u2066b', 'must not contain the character U+2066, which a reader cannot see'],
    ['a\u3164.csv', 'must not contain the character U+3164, which a reader cannot see'],
    ['a\ud800', 'must not contain the character U+D800, which a reader cannot see'],
    ['Z\ufffdrich', 'must not contain the character U+FFFD, which a reader cannot see'],
    [' ', 'must not begin or end with a space'],
    ['\u00a0a', 'must not begin or end with a space'],
    ['_processed ', 'must not begin or end with a space'],
    ['_processed', 'must not be _processed or _samples'],
    ['_Processed', 'must not be _processed or _samples'],
    ['e\u0301.csv', 'must write accents as one character with their letter (Unicode NFC)'],
  ])('a name that misleads a reader or a system is refused: %j', (name, problem) => {
    expect(landingNameProblem(name)).toBe(problem);
  });
});

test.each([
  '',
  ' ',
  '\u202e',
  '\u200b\u200d',
  '\u3164',
  '\u2800',
  '\u00a0\u3000',
  '\ufe0f',
  '\u0301',
])('a text of invisible characters only has no visible text: %j', (text) => {
  expect(hasVisibleText(text)).toBe(false);
});

test('an invisible character is reported by its code point, and line breaks are allowed in a text of several lines', () => {
  expect(findHiddenInLine('why\u202enot')).toBe('U+202E');
  expect(findHiddenInLine('one\ntwo')).toBe('U+000A');
  expect(findHiddenInText('one\r\n\ttwo')).toBeUndefined();
  expect(findHiddenInText('one\u2028two')).toBe('U+2028');
  expect(findHiddenInText('Zürich, 東京 ❤️')).toBeUndefined();
  expect(hasVisibleText('.')).toBe(true);
});
