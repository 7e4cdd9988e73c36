import { describe, expect, test } from '@jest/globals';
import { parseAnnotations } from './parse-annotations.ts';

describe('parseAnnotations', () => {
  test('reads every annotation of the leading comment block with its place', () => {
    const sql = '-- @description: orders: cleaned\n\n  --@max_retries : 3\nselect 1';
    expect(parseAnnotations(sql)).toEqual([
      { key: 'description', value: 'orders: cleaned', line: 1, column: 4 },
      { key: 'max_retries', value: '3', line: 3, column: 5 },
    ]);
  });

  test('the first line that is neither blank nor a comment ends the block', () => {
    expect(parseAnnotations('-- plain\nselect 1\n-- @max_retries: 3')).toEqual([]);
  });

  test('ordinary comments do not end the block, and Windows line ends do no harm', () => {
    expect(parseAnnotations('-- plain\r\n-- @a: b\r\n')).toEqual([
      { key: 'a', value: 'b', line: 2, column: 4 },
    ]);
  });

  test('a missing colon is told apart from an empty value', () => {
    const values = parseAnnotations('-- @a b\n-- @c:\n').map((annotation) => annotation.value);
    expect(values).toEqual([undefined, '']);
  });
});
