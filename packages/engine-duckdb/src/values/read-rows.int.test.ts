import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DuckDBInstance, type DuckDBConnection, type DuckDBDataChunk } from '@duckdb/node-api';
import { readJsonRows, toTextRow } from './read-rows.ts';
import { valueWeight } from './value-weight.ts';

const MB = 1024 * 1024;

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function firstChunk(sql: string): Promise<DuckDBDataChunk> {
  const chunk = await (await connection.stream(sql)).fetchChunk();
  if (!chunk) throw new Error('no rows');
  return chunk;
}

async function weigh(sql: string): Promise<number> {
  const chunk = await firstChunk(`SELECT ${sql} AS v`);
  return valueWeight(chunk.getColumnVector(0), 0, Infinity);
}

describe('valueWeight', () => {
  test.each([
    `repeat('x', 1000000)`,
    `repeat('x', 1000000)::blob`,
    `repeat('1', 8000000)::bit`,
    `range(1000000)`,
    `[repeat('x', 1000000)]`,
    `[[repeat('x', 500000)], [repeat('y', 500000)]]`,
    `{'a': 1, 'b': repeat('x', 1000000)}`,
    `{'a': [{'b': repeat('x', 1000000)}]}`,
    `map {'k': repeat('x', 1000000)}`,
    `map {repeat('x', 1000000): 1}`,
    `[repeat('x', 500000), repeat('y', 500000)]::VARCHAR[2]`,
    `union_value(a := repeat('x', 1000000))`,
    `repeat('x', 1000000)::VARIANT`,
    `('"' || repeat('x', 1000000) || '"')::JSON`,
    `list_transform(range(1000), lambda i: repeat('x', 1000))`,
  ])('the weight of %s is about a megabyte', async (sql) => {
    expect(await weigh(sql)).toBeGreaterThanOrEqual(1_000_000);
  });

  test.each([
    'NULL::VARCHAR',
    'NULL::VARCHAR[]',
    'NULL::STRUCT(a VARCHAR)',
    'NULL::MAP(VARCHAR, VARCHAR)',
    '[NULL::VARCHAR]',
    '1::HUGEINT',
    `'2024-01-01'::TIMESTAMP`,
    `'a'::VARCHAR`,
    `union_value(a := NULL::VARCHAR)`,
    'uuid()',
    '1.5::DECIMAL(38, 10)',
    `INTERVAL 1 DAY`,
  ])('the weight of %s is small', async (sql) => {
    expect(await weigh(sql)).toBeLessThan(100);
  });

  test('the weight of NULLs among long texts is small', async () => {
    const chunk = await firstChunk(
      `SELECT CASE WHEN i % 2 = 0 THEN repeat('x', 1000) END AS v FROM range(100) r(i)`,
    );
    const vector = chunk.getColumnVector(0);
    const weights = [...Array(100).keys()].map((index) => valueWeight(vector, index, Infinity));
    expect(weights).toEqual([...Array(100).keys()].map((index) => (index % 2 === 0 ? 1000 : 1)));
  });
});

describe('readJsonRows', () => {
  const read = async (sql: string, maxBytes: number, maxRows = 10_000) =>
    readJsonRows(await connection.stream(sql), { maxRows, maxBytes });

  test('JSON rows end before the first row that exceeds the limit', async () => {
    const answer = await read(`SELECT repeat('x', 1000000) FROM range(100)`, 4 * MB);
    expect(answer).toMatchObject({ truncated: true, isFirstTooLarge: false });
    expect(answer.rows).toHaveLength(4);
  });

  test('JSON rows report a first row that alone exceeds the limit', async () => {
    expect(await read(`SELECT repeat('x', 100000000)`, 4 * MB)).toEqual({
      rows: [],
      truncated: true,
      isFirstTooLarge: true,
    });
  });

  test('a value that exceeds the limit is not converted', async () => {
    const before = process.memoryUsage().rss;
    const answer = await read(`SELECT range(i + 10000000) FROM range(3) r(i)`, 4 * MB);
    expect(answer.isFirstTooLarge).toBe(true);
    // The values themselves are 80 MB each in DuckDB; as JavaScript they would be half a gigabyte.
    expect(process.memoryUsage().rss - before).toBeLessThan(450 * MB);
  });

  test('rows within the limit are returned unchanged, with NULLs and nested values', async () => {
    const sql = `SELECT * FROM (VALUES (1, [1, NULL], {'a': 'x'}), (NULL, NULL, NULL)) t(a, b, c)`;
    expect(await read(sql, 4 * MB)).toEqual({
      rows: [
        [1, [1, null], { a: 'x' }],
        [null, null, null],
      ],
      truncated: false,
      isFirstTooLarge: false,
    });
  });

  test('a result of exactly the row limit is not truncated, and one with another row is', async () => {
    expect(await read('SELECT * FROM range(5)', MB, 5)).toMatchObject({ truncated: false });
    expect(await read('SELECT * FROM range(6)', MB, 5)).toMatchObject({ truncated: true });
  });
});

test('a sample shows the size of a value that is too large to display', async () => {
  const chunk = await firstChunk(`SELECT repeat('x', 100000000) AS a, 'short' AS b, NULL AS c`);
  expect(toTextRow(chunk, 0)).toEqual(['(a value of more than 64 kB)', 'short', null]);
});
