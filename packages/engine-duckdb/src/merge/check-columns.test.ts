import { describe, expect, test } from '@jest/globals';
import type { ColumnType } from '../table-sql/column-types.ts';
import { checkColumns } from './check-columns.ts';

const INTEGER: ColumnType = { kind: 'primitive', name: 'INTEGER' };

function nested(depth: number, wrap: (inner: ColumnType) => ColumnType): ColumnType {
  return depth === 0 ? INTEGER : wrap(nested(depth - 1, wrap));
}
const list = (element: ColumnType): ColumnType => ({ kind: 'list', element });
const map = (value: ColumnType): ColumnType => ({ kind: 'map', key: INTEGER, value });
const struct = (type: ColumnType): ColumnType => ({
  kind: 'struct',
  fields: [{ name: 'a', type }],
});
const check = (type: ColumnType) => () => checkColumns([{ name: 'deep', type }]);

describe('checkColumns', () => {
  test.each([
    ['lists', list],
    ['maps', map],
    ['lists of structs', (inner: ColumnType) => list(struct(inner))],
  ])('a column of 16 levels of %s is accepted, and one of 17 is refused', (_, wrap) => {
    expect(check(nested(16, wrap))).not.toThrow();
    expect(check(nested(17, wrap))).toThrow('the column "deep" is nested too deeply');
  });

  test('a column of 100 levels of structs is accepted, and one of 101 is refused', () => {
    expect(check(nested(100, struct))).not.toThrow();
    expect(check(nested(101, struct))).toThrow('nested too deeply');
  });

  test('a struct is refused when any of its fields is nested too deeply', () => {
    const fields = [
      { name: 'flat', type: INTEGER },
      { name: 'deep', type: nested(17, list) },
    ];
    expect(check({ kind: 'struct', fields })).toThrow('nested too deeply');
  });

  test('a result with more columns than a table may have fails as a configuration error', () => {
    const columns = Array.from({ length: 10_001 }, (_, i) => ({ name: `c${i}`, type: INTEGER }));
    expect(() => checkColumns(columns)).toThrow('the result has 10001 columns');
    expect(() => checkColumns(columns.slice(1))).not.toThrow();
  });
});
