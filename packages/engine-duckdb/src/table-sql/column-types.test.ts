import { describe, expect, test } from '@jest/globals';
import type { ColumnType } from './column-types.ts';
import { duckdbType, icebergType, storedColumn } from './column-types.ts';
import { SchemaConflictError, UnsupportedTypeError } from '../../../iceberg/src/format/errors.ts';
import { evolveSchema, type SchemaPolicy } from '../../../iceberg/src/schema/evolve-schema.ts';
import { fieldIdsClause } from './field-ids.ts';
import type { Schema } from '../../../iceberg/src/format/types.ts';

const p = (name: string): ColumnType => ({ kind: 'primitive', name });
const decimal = (precision: number, scale: number): ColumnType => ({
  kind: 'decimal',
  precision,
  scale,
});
const struct = (fields: Record<string, ColumnType>): ColumnType => ({
  kind: 'struct',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});
const columns = (named: Record<string, ColumnType>) =>
  Object.entries(named).map(([name, type]) => storedColumn({ name, type }));
const create = (named: Record<string, ColumnType>) =>
  evolveSchema({
    lastColumnId: 0,
    columns: columns(named),
    policy: 'fail',
    typeName: duckdbType,
  });
const evolve = (
  from: { schema: Schema; lastColumnId: number },
  named: Record<string, ColumnType>,
  policy: SchemaPolicy = 'evolve',
) =>
  evolveSchema({
    current: from.schema,
    lastColumnId: from.lastColumnId,
    columns: columns(named),
    policy,
    typeName: duckdbType,
  });

describe('a column’s type', () => {
  test.each([
    ['HUGEINT', 'decimal(38, 0)', 'DECIMAL(38,0)'],
    ['UBIGINT', 'decimal(20, 0)', 'DECIMAL(20,0)'],
    ['UINTEGER', 'long', 'BIGINT'],
    ['JSON', 'string', 'VARCHAR'],
    ['TIMESTAMP WITH TIME ZONE', 'timestamptz', 'TIMESTAMP WITH TIME ZONE'],
    ['TIME', 'string', 'VARCHAR'],
  ])('a column of type %s is stored as %s and written as %s', (name, stored, cast) => {
    expect(icebergType(p(name), 'c')).toBe(stored);
    expect(duckdbType(stored)).toBe(cast);
  });

  test('a type that no table can hold is refused with the cast to write, for members too', () => {
    expect(() => icebergType(p('INTERVAL'), 'gap')).toThrow('write CAST("gap" AS VARCHAR)');
    expect(() => icebergType(p('GEOMETRY'), 'g')).toThrow('write ST_AsWKB("g")');
    expect(() => icebergType(struct({ x: p('TIMETZ') }), 's')).toThrow(UnsupportedTypeError);
    expect(() => icebergType(p('TIMESTAMP_NS'), 'at')).toThrow(
      'column at: a table cannot hold TIMESTAMP_NS; write CAST("at" AS TIMESTAMP)',
    );
    const inside = struct({ 'a"b': { kind: 'list', element: p('TIMESTAMP_NS') }, n: p('HUGEINT') });
    expect(() => icebergType(inside, 's')).toThrow(
      'write CAST("s" AS STRUCT("a""b" TIMESTAMP[], "n" HUGEINT))',
    );
    expect(icebergType(p('TIME'), 't', { timeAs: 'time' })).toBe('time');
  });
});

describe('evolveSchema', () => {
  const nested = {
    id: p('INTEGER'),
    li: { kind: 'list', element: struct({ a: p('FLOAT') }) } as ColumnType,
    mp: { kind: 'map', key: p('VARCHAR'), value: p('INTEGER') } as ColumnType,
  };

  test('every field of a new table has a unique id, and DuckDB writes them all', () => {
    const made = create(nested);
    expect(made).toMatchObject({ changed: true, lastColumnId: 7 });
    expect(fieldIdsClause(made.schema)).toBe(
      '{"id": 1, "li": {__duckdb_field_id: 2, "element": {__duckdb_field_id: 3, "a": 4}}, "mp": {__duckdb_field_id: 5, "key": 6, "value": 7}}',
    );
    expect(made.columns[1]).toEqual({
      name: 'li',
      fieldId: 2,
      type: made.schema.fields[1]?.type,
      source: 'batch',
      batchName: 'li',
    });
  });

  test('the same columns in another order or case do not change the schema', () => {
    const made = create(nested);
    const again = evolve(made, { MP: nested.mp, ID: nested.id, Li: nested.li }, 'fail');
    expect(again).toMatchObject({ changed: false, schema: made.schema, lastColumnId: 7 });
    expect(again.columns.map((column) => column.batchName)).toEqual(['ID', 'Li', 'MP']);
  });

  test('new columns and members get new ids, widened columns keep theirs, missing columns are NULL', () => {
    const made = create({ ...nested, d: decimal(9, 2) });
    const next = evolve(made, {
      id: p('BIGINT'),
      li: { kind: 'list', element: struct({ b: p('VARCHAR'), a: p('DOUBLE') }) },
      d: decimal(12, 2),
      n: struct({ x: p('DATE') }),
    });
    expect(next.changed).toBe(true);
    expect(next.schema.fields.map(({ id, name, type }) => [id, name, duckdbType(type)])).toEqual([
      [1, 'id', 'BIGINT'],
      [2, 'li', 'STRUCT("a" DOUBLE, "b" VARCHAR)[]'],
      [5, 'mp', 'MAP(VARCHAR, INTEGER)'],
      [8, 'd', 'DECIMAL(12,2)'],
      [10, 'n', 'STRUCT("x" DATE)'],
    ]);
    expect(next.lastColumnId).toBe(11);
    expect(next.columns.find((column) => column.name === 'mp')?.source).toBe('null');
  });

  test('a narrower column of the batch is cast to the table’s type', () => {
    const made = create({ a: p('BIGINT'), b: p('DOUBLE'), c: decimal(12, 2), x: p('DATE') });
    const next = evolve(made, {
      a: p('SMALLINT'),
      b: p('INTEGER'),
      c: decimal(9, 2),
      x: p('SQLNULL'),
    });
    expect(next).toMatchObject({ changed: false });
    expect(next.columns.map((column) => duckdbType(column.type))).toEqual([
      'BIGINT',
      'DOUBLE',
      'DECIMAL(12,2)',
      'DATE',
    ]);
  });

  test.each<[string, ColumnType, ColumnType]>([
    ['a number that became text', p('INTEGER'), p('VARCHAR')],
    ['a date that became a timestamp', p('DATE'), p('TIMESTAMP')],
    ['another scale', decimal(9, 2), decimal(9, 3)],
    ['a long that became a double', p('BIGINT'), p('DOUBLE')],
    [
      'a struct that became a list',
      struct({ a: p('INTEGER') }),
      { kind: 'list', element: p('INTEGER') },
    ],
    [
      'another map key',
      { kind: 'map', key: p('INTEGER'), value: p('DATE') },
      { kind: 'map', key: p('BIGINT'), value: p('DATE') },
    ],
  ])('every schema policy refuses %s', (_what, before, after) => {
    const made = create({ c: before });
    for (const policy of ['evolve', 'fail', 'ignore'] as const) {
      expect(() => evolve(made, { c: after }, policy)).toThrow(SchemaConflictError);
    }
  });

  test('a schema conflict names the column and both types', () => {
    const made = create({ s: struct({ a: p('INTEGER') }) });
    expect(() => evolve(made, { s: struct({ a: p('BLOB') }) })).toThrow(
      'column s.a is INTEGER in the table and BLOB in the result',
    );
  });

  test('the policy fail refuses every difference, and ignore drops new columns and widens none', () => {
    const made = create({ a: p('INTEGER'), s: struct({ x: p('INTEGER') }) });
    const whole = { a: p('INTEGER'), s: struct({ x: p('INTEGER') }) };
    expect(() => evolve(made, { ...whole, b: p('DATE') }, 'fail')).toThrow(
      'column b (DATE) is not in the table',
    );
    expect(() => evolve(made, { a: p('INTEGER') }, 'fail')).toThrow(
      'column s (STRUCT("x" INTEGER)) of the table is missing',
    );
    expect(() => evolve(made, { ...whole, a: p('BIGINT') }, 'fail')).toThrow(
      'INTEGER in the table',
    );
    expect(() => evolve(made, { ...whole, a: p('FLOAT') }, 'fail')).toThrow('FLOAT in the result');
    expect(() => evolve(made, { ...whole, a: p('BIGINT') }, 'ignore')).toThrow(
      'column a is INTEGER in the table and BIGINT in the result',
    );
    const ignored = evolve(
      made,
      { ...whole, s: struct({ y: p('DATE'), x: p('INTEGER') }), b: p('DATE') },
      'ignore',
    );
    expect(ignored).toMatchObject({ changed: false, schema: made.schema });
  });

  test('column names that readers cannot distinguish are refused', () => {
    expect(() => create({ a: p('DATE'), A: p('DATE') })).toThrow('twice');
    expect(() => create({ s: struct({ x: p('DATE'), X: p('DATE') }) })).toThrow('twice');
    expect(() => create({ 'a.b': p('DATE'), a: struct({ b: p('DATE') }) })).toThrow('both');
  });
});
