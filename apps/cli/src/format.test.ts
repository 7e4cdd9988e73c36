import { describe, expect, test } from '@jest/globals';
import { formatBytes, formatDuration, formatExcerpt } from './format.ts';

test.each([
  [0, '0 ms'],
  [1_240, '1.24 s'],
  [12_340, '12.3 s'],
  [125_000, '2 min 5 s'],
  [7_320_000, '2 h 2 min'],
])('%d ms is shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [512, '512 B'],
  [1_536, '1.5 KiB'],
  [5 * 1024 ** 3, '5.0 GiB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

describe('the excerpt of a mistake', () => {
  test('the caret is below the column, which counts code points', () => {
    const lines = formatExcerpt('SELECT 1\n\t😀é oops', { line: 2, column: 5 });
    expect(lines).toEqual(['2 | \t😀é oops', '  | \t   ^']);
  });

  test('a line that the file does not have makes no excerpt', () => {
    expect(formatExcerpt('SELECT 1', { line: 3, column: 1 })).toEqual([]);
  });
});
