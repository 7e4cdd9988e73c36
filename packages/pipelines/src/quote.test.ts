import { expect, test } from '@jest/globals';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

test('a text with a NUL character becomes a concatenation, because an SQL literal ends at NUL', () => {
  expect(quoteLiteral(`it's`)).toBe(`'it''s'`);
  expect(quoteLiteral(`a\0b'`)).toBe(`('a' || chr(0) || 'b''')`);
});

test('a quoted name keeps its own quotes', () => {
  expect(quoteIdentifier('a"b')).toBe('"a""b"');
});
