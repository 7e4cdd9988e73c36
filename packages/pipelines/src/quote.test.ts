import { expect, test } from '@jest/globals';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

test('a text with NUL is put together, for SQL ends at that character', () => {
  expect(quoteLiteral(`it's`)).toBe(`'it''s'`);
  expect(quoteLiteral(`a\0b'`)).toBe(`('a' || chr(0) || 'b''')`);
});

test('a name keeps its quotes', () => {
  expect(quoteIdentifier('a"b')).toBe('"a""b"');
});
