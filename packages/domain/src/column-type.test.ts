import { expect, test } from '@jest/globals';
import { canHold, parseColumnType } from './column-type.ts';

test.each([
  ['bigint', 'BIGINT'],
  [' int8 ', 'BIGINT'],
  ['Text', 'VARCHAR'],
  ['timestamp  with time zone', 'TIMESTAMP WITH TIME ZONE'],
  ['numeric(10, 2)', 'DECIMAL(10,2)'],
  ['DECIMAL(5)', 'DECIMAL(5,0)'],
])('a column type written as %j is %s', (text, type) => {
  expect(parseColumnType(text)).toBe(type);
});

test.each([
  '',
  'number',
  'DECIMAL',
  'DECIMAL(39,1)',
  'DECIMAL(2,3)',
  'INT[]',
  "INT'; DROP TABLE x",
])('a text that names no column type, %j, is refused', (text) => {
  expect(parseColumnType(text)).toBeUndefined();
});

test.each([
  ['BIGINT', 'INTEGER', true],
  ['INTEGER', 'BIGINT', false],
  ['BIGINT', 'UINTEGER', true],
  ['BIGINT', 'UBIGINT', false],
  ['UBIGINT', 'INTEGER', false],
  ['DOUBLE', 'INTEGER', true],
  ['DOUBLE', 'BIGINT', false],
  ['FLOAT', 'DOUBLE', false],
  ['VARCHAR', 'INTEGER', false],
  ['DECIMAL(12,2)', 'DECIMAL(10,2)', true],
  ['DECIMAL(12,2)', 'DECIMAL(12,3)', false],
])('an expected %s holds every value of a stored %s: %j', (expected, found, holds) => {
  expect(canHold(expected, found)).toBe(holds);
});
