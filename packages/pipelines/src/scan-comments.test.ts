import { expect, test } from '@jest/globals';
import { scanComments } from './scan-comments.ts';

function comments(sql: string): string[] {
  return scanComments(sql).comments.map(({ start, end }) => sql.slice(start, end));
}

test.each<[string, string[]]>([
  ["select 'it''s -- no' -- yes", ['-- yes']],
  ["select e'\\'-- no' -- yes", ['-- yes']],
  ["select some_e'--' -- yes", ['-- yes']],
  ['select "a""-- no" -- yes', ['-- yes']],
  ['select $a$ $$ -- no $a$ -- yes', ['-- yes']],
  ['select a$b$ -- yes $b$', ['-- yes $b$']],
  ['/* a /* b */ -- no */ -- yes', ['/* a /* b */ -- no */', '-- yes']],
  ['-- a\r-- b\r\n-- c', ['-- a', '-- b', '-- c']],
  ["select 'open -- no", []],
  ['/* open -- no', ['/* open -- no']],
])('comments are found outside of literals, names and other comments: %j', (sql, found) => {
  expect(comments(sql)).toEqual(found);
});

test('scanning a long literal takes linear time', () => {
  const long = `select '${"''x".repeat(150_000)}' -- yes`;
  expect(comments(long)).toEqual(['-- yes']);
});
