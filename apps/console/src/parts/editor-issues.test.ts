import { expect, test } from '@jest/globals';
import { Text } from '@codemirror/state';
import { findOffset, toDiagnostics } from './editor-issues.ts';

const text = Text.of(['SELECT', '  destinaton_city,', 'FROM flights']);

test('a place of an error is an offset of the text, and a place behind its end is the end', () => {
  expect(findOffset(text, 2, 3)).toBe(9);
  expect(findOffset(text, 99, 1)).toBe(26);
  expect(findOffset(text, 1, 99)).toBe(6);
});

test('a mark covers the word at the place of its mistake, and at least one character', () => {
  const issue = { message: 'no such column', severity: 'error' as const };
  const [mark, whole] = toDiagnostics(text, [{ ...issue, line: 2, column: 3 }, issue]);
  expect([mark?.from, mark?.to]).toEqual([9, 24]);
  expect([whole?.from, whole?.to]).toEqual([0, 6]);
});
