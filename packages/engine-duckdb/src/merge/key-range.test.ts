import { expect, test } from '@jest/globals';
import type { Schema } from '../../../iceberg/src/format/types.ts';
import { keyRangeSql, rangedColumns, withinKeyRange } from './key-range.ts';

const schema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 1, name: 'id', required: false, type: 'long' },
    { id: 2, name: 'it"s', required: false, type: 'string' },
    { id: 3, name: 'ratio', required: false, type: 'double' },
  ],
};

test('only columns of types that a cast to text keeps exactly have a key range', () => {
  expect(rangedColumns(schema, ['id', 'ratio', 'it"s'])).toEqual(['id', 'it"s']);
});

test('a row within the range of every key meets the condition, also with quotes in the key', () => {
  expect(keyRangeSql(['it"s'])).toContain('min("it""s")');
  expect(withinKeyRange(schema, ['id', 'it"s'], ['1', '9', '0', "a'", 'b', '0'])).toBe(
    `"id" >= CAST('1' AS BIGINT) AND "id" <= CAST('9' AS BIGINT) AND ` +
      `"it""s" >= CAST('a''' AS VARCHAR) AND "it""s" <= CAST('b' AS VARCHAR)`,
  );
});

test('a batch with a NULL key or without rows excludes no row', () => {
  expect(withinKeyRange(schema, ['id'], ['1', '9', '1'])).toBe('true');
  expect(withinKeyRange(schema, ['id'], [null, null, '0'])).toBe('true');
  expect(withinKeyRange(schema, [], [])).toBe('true');
});
