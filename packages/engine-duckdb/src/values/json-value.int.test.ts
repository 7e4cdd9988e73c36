import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { jsonValue, textValue } from './json-value.ts';
import { keepByteOrderMarks } from './keep-byte-order-marks.ts';
import { prepareShown } from '../sandbox/prepare-shown.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  keepByteOrderMarks();
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** The first column of a query in both forms. */
async function show(sql: string) {
  const { prepared } = await prepareShown(
    connection,
    { text: sql, line: 1, column: 1 },
    { parser: connection, scope: 'pipeline' },
  );
  try {
    const reader = await prepared.runAndReadAll();
    const type = reader.columnType(0);
    return reader.getRows().map(([value = null]) => ({
      json: jsonValue(value, type),
      text: textValue(value, type),
    }));
  } finally {
    prepared.destroySync();
  }
}

async function engineText(sql: string): Promise<unknown[]> {
  const reader = await connection.runAndReadAll(`SELECT CAST(a AS VARCHAR) FROM (${sql}) t(a)`);
  return reader.getRows().map(([text]) => text);
}

/** Texts that DuckDB prints wrong: its own largest TIMESTAMPTZ is a millisecond off. */
const WRONG_IN_DUCKDB = ['timestamp_tz'];

/** Expected differences: JavaScript prints 42.0 as 42, and nested texts are quoted. */
function sameValue(text: string | null, engine: unknown): boolean {
  if (text === engine) return true;
  if (typeof engine !== 'string' || text === null) return false;
  const plain = (one: string): string =>
    one
      .replaceAll("'", '')
      .replaceAll('=', ': ')
      .replaceAll(/\b(-?\d+)\.0\b/g, '$1')
      .replaceAll(/nan/gi, 'NaN')
      .replaceAll(/inf(?:inity)?/gi, 'inf');
  return plain(text) === plain(engine);
}

describe('values of every DuckDB type', () => {
  test('a value of every type is shown in a sample as DuckDB prints it', async () => {
    const names = (await connection.runAndReadAll('SELECT * FROM test_all_types()')).columnNames();
    expect(names.length).toBeGreaterThan(50);
    const wrong: unknown[] = [];
    for (const name of names.filter((one) => !WRONG_IN_DUCKDB.includes(one))) {
      const sql = `SELECT "${name}" AS a FROM test_all_types()`;
      const engine = await engineText(sql);
      for (const [i, { text }] of (await show(sql)).entries()) {
        if (!sameValue(text, engine[i])) wrong.push([name, text, engine[i]]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a value of every type becomes JSON without loss', async () => {
    const names = (await connection.runAndReadAll('SELECT * FROM test_all_types()')).columnNames();
    for (const name of names) {
      const rows = await show(`SELECT "${name}" AS a FROM test_all_types()`);
      const json = rows.map((row) => row.json);
      expect(JSON.parse(JSON.stringify(json))).toEqual(json);
      expect(json.map((one) => one === null)).toEqual(rows.map(({ text }) => text === null));
    }
  });
});

describe('values that JavaScript would change', () => {
  test.each<[string, unknown]>([
    [`'infinity'::DATE`, 'infinity'],
    [`'-infinity'::DATE`, '-infinity'],
    [`'infinity'::TIMESTAMP_S`, 'infinity'],
    [`'-infinity'::TIMESTAMP_MS`, '-infinity'],
    [`'infinity'::TIMESTAMP_NS`, 'infinity'],
    [`'-infinity'::TIMESTAMP`, '-infinity'],
    [`'infinity'::TIMESTAMPTZ`, 'infinity'],
    [`['infinity'::DATE, NULL]`, ['infinity', null]],
    [`{'a': '-infinity'::DATE}`, { a: '-infinity' }],
    [`MAP {'infinity'::DATE: '-infinity'::DATE}`, [{ key: 'infinity', value: '-infinity' }]],
    [`union_value(d := 'infinity'::DATE)`, { tag: 'd', value: 'infinity' }],
    [`DATE '0001-01-01 (BC)'`, '0001-01-01 (BC)'],
    [`TIMESTAMP '0001-01-01 (BC) 10:00:00'`, '0001-01-01 (BC) 10:00:00'],
    [`DATE '0002-01-01 (BC)'`, '0002-01-01 (BC)'],
    [`DATE '12345-01-01'`, '12345-01-01'],
    ['0.1::FLOAT', 0.1],
    ['16777217::FLOAT', 16_777_216],
    ['[0.1::FLOAT]', [0.1]],
    ['-0.0::DOUBLE', '-0.0'],
    [`'nan'::DOUBLE`, 'NaN'],
    [`'-inf'::FLOAT`, '-Infinity'],
    ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
    ['9007199254740993::BIGINT', '9007199254740993'],
    ['-0.05::DECIMAL(38,2)', '-0.05'],
    ['row(1, 2)', '(1, 2)'],
    ['[row(1, 2)]', '[(1, 2)]'],
    [`{'__proto__': 1, 'a': 2}`, `{'__proto__': 1, 'a': 2}`],
    [`'POINT(1 2)'::GEOMETRY`, 'POINT (1 2)'],
    [`TIME '24:00:00'`, '24:00:00'],
    [`TIMETZ '10:00:00.5+05:30'`, '10:00:00.5+05:30'],
    [`'a' || chr(0) || 'b'`, 'a\0b'],
    [`''`, ''],
    ['chr(65279)', '\ufeff'],
    [`[chr(65279) || repeat('long', 9)]`, [`\ufeff${'long'.repeat(9)}`]],
    [`{'': 1}`.replace(`''`, `'constructor'`), { constructor: 1 }],
  ])('the value %s becomes %j', async (expression, expected) => {
    const [{ json } = { json: undefined }] = await show(`SELECT ${expression} AS a`);
    expect(JSON.parse(JSON.stringify(json))).toEqual(expected);
  });

  test('a column whose parts would be lost is converted by its position, also beside one of the same name', async () => {
    const select = { text: 'SELECT 1 AS a, row(1, 2) AS a -- end', line: 1, column: 1 };
    const { prepared, columns } = await prepareShown(connection, select, {
      parser: connection,
      scope: 'pipeline',
    });
    const reader = await prepared.runAndReadAll();
    expect(columns.map(({ name }) => name)).toEqual(['a', 'a']);
    expect(reader.getRows()).toEqual([[1, '(1, 2)']]);
    prepared.destroySync();
  });
});
