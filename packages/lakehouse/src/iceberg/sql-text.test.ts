import { expect, test } from '@jest/globals';
import { quoteIdentifier, quoteText } from './sql-text.ts';

test('a text without NUL is one literal', () => {
  expect(quoteText(`it's "a" \\ %`)).toBe(`'it''s "a" \\ %'`);
  expect(quoteText('')).toBe(`''`);
});

test('a text with NUL is put together, for SQL ends at that character', () => {
  expect(quoteText(`a\0b'`)).toBe(`('a' || chr(0) || 'b''')`);
  expect(quoteText('\0')).toBe(`('' || chr(0) || '')`);
});

test('a name keeps its quotes', () => {
  expect(quoteIdentifier('a"b')).toBe('"a""b"');
});
