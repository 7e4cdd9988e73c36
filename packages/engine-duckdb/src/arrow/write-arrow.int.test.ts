import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeArrow } from './write-arrow.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
let folder: string;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  folder = await mkdtemp(join(tmpdir(), 'rat-arrow-'));
});
afterAll(async () => {
  connection.closeSync();
  instance.closeSync();
  await rm(folder, { recursive: true });
});

/** Writes a result under a limit; undefined when it weighs more. */
async function write(sql: string, maxBytes = 1e9): Promise<Buffer | undefined> {
  const prepared = await connection.prepare(sql);
  const names = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnName(i));
  const path = join(folder, `${expect.getState().currentTestName?.length}-${sql.length}`);
  const isWritten = await writeArrow(await prepared.stream(), names, { path, maxBytes });
  prepared.destroySync();
  return isWritten ? readFile(path) : undefined;
}

const VALUES = `SELECT
    i::INTEGER AS i,
    CASE WHEN i = 3 THEN NULL ELSE i * 900719925474099 END AS big,
    i % 2 = 0 AS even,
    (i / 4.0)::FLOAT AS f,
    i * 1.5::DOUBLE AS d,
    CASE WHEN i = 1 THEN NULL ELSE 'é' || i END AS words,
    (i * -1.25)::DECIMAL(10, 2) AS price,
    i * -12345678901234567890::DECIMAL(38, 0) AS long,
    DATE '2026-01-01' + i::INTEGER AS day,
    TIME '01:02:03.5' AS clock,
    TIMESTAMP '2026-01-01 00:00:00.123456' + to_hours(i) AS "at",
    TIMESTAMPTZ '2026-01-01 00:00:00+00' AS moment,
    CASE WHEN i = 0 THEN NULL ELSE 'ab'::BLOB END AS bytes,
    CASE WHEN i = 2 THEN NULL ELSE [i, NULL, i + 1] END AS list,
    CASE WHEN i = 3 THEN NULL ELSE {'a': i, 'b': ['x', NULL]} END AS part,
    map {'k' || i: i} AS map,
    uuid_nil AS id
  FROM range(9) r(i), (SELECT '00000000-0000-0000-0000-000000000001'::UUID AS uuid_nil)
  ORDER BY i`;

test('a stream has the bytes in which pyarrow found these values, of every type and with NULLs', async () => {
  // See test/arrow/README.md for how the file was checked.
  const known = await readFile(new URL('../../test/arrow/values.arrows', import.meta.url));
  expect((await write(VALUES))?.equals(known)).toBe(true);
});

test('a result without rows has its columns', async () => {
  const bytes = await write('SELECT 1 AS only WHERE false');
  expect(bytes?.toString('latin1')).toContain('only');
  expect(bytes?.subarray(-8).toString('hex')).toBe('ffffffff00000000');
});

test('values that weigh more than the limit are not converted', async () => {
  const sql = `SELECT repeat('x', 100000) AS t FROM range(100)`;
  expect(await write(sql, 1_000_000)).toBeUndefined();
  expect((await write(`${sql} LIMIT 9`, 1_000_000))?.length).toBeGreaterThan(900_000);
});
