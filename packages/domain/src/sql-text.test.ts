import { expect, test } from '@jest/globals';
import { quoteIdentifier, quoteText } from './sql-text.ts';

test('a text without a NUL character is quoted as one literal', () => {
  expect(quoteText(`it's "a" \\ %`)).toBe(`'it''s "a" \\ %'`);
  expect(quoteText('')).toBe(`''`);
});

test('a text with a NUL character becomes a concatenation, because an SQL literal ends at NUL', () => {
  expect(quoteText(`a\0b'`)).toBe(`('a' || chr(0) || 'b''')`);
  expect(quoteText('\0')).toBe(`('' || chr(0) || '')`);
});

test('a quoted name keeps its own quotes', () => {
  expect(quoteIdentifier('a"b')).toBe('"a""b"');
});
