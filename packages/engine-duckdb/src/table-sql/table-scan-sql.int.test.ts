import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveFile } from '../../../iceberg/src/format/data-file.ts';
import { tableScanSql } from './table-scan-sql.ts';
import { quoteText } from '@rat/domain';
import { fileUri } from '@rat/storage';
import { transformSql } from './transform-sql.ts';
import type { Schema } from '../../../iceberg/src/format/types.ts';

let root: string;
let instance: DuckDBInstance;
let duckdb: DuckDBConnection;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "rat scan's-"));
  instance = await DuckDBInstance.create(':memory:');
  duckdb = await instance.connect();
});
afterAll(async () => {
  duckdb.closeSync();
  instance.closeSync();
  await rm(root, { recursive: true, force: true });
});

const schema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 1, name: 'id', required: false, type: 'long' },
    // Has the name of DuckDB's own column.
    { id: 2, name: 'file_row_number', required: false, type: 'string' },
  ],
};

async function rows(sql: string): Promise<unknown[][]> {
  return (await duckdb.runAndReadAll(sql)).getRowsJson();
}

let written = 0;

async function write(
  sql: string,
  ids: string,
  change: Partial<LiveFile> & { sequenceNumber: number },
): Promise<LiveFile> {
  const path = join(root, `f${++written}.parquet`);
  await duckdb.run(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet, FIELD_IDS ${ids})`);
  return {
    content: 'data',
    path: fileUri(path),
    format: 'PARQUET',
    partition: {},
    specId: 0,
    recordCount: 1,
    fileSize: 1,
    ...change,
  };
}

const write3 = (sequenceNumber: number, change: Partial<LiveFile> = {}) =>
  write(
    `SELECT i::INTEGER AS id, CASE WHEN i > 0 THEN 'n' || i END AS n FROM range(3) t(i)`,
    '{id: 1, n: 2}',
    { sequenceNumber, ...change },
  );

const positionDelete = (
  file: LiveFile,
  position: number,
  change: Partial<LiveFile> & { sequenceNumber: number },
) =>
  write(
    `SELECT ${quoteText(file.path)} AS file_path, ${position}::BIGINT AS pos`,
    '{file_path: 2147483546, pos: 2147483545}',
    { content: 'position_deletes', ...change },
  );

const idsOf = async (files: LiveFile[], deletes: LiveFile[]) =>
  (await rows(`SELECT id FROM (${tableScanSql({ schema, files, deletes })}) ORDER BY id`))
    .flat()
    .map(Number);

describe('a scan', () => {
  test('a scan of no files has the columns and no rows', async () => {
    const result = await duckdb.run(tableScanSql({ schema, files: [] }));
    expect(result.columnNames()).toEqual(['id', 'file_row_number']);
    expect(result.columnTypes().map(String)).toEqual(['BIGINT', 'VARCHAR']);
    expect(await result.getRows()).toEqual([]);
  });

  test('a position delete hides rows of its file only, also in the commit that added the file', async () => {
    const [a, b] = [await write3(1), await write3(2)];
    const deleted = await positionDelete(a, 1, { sequenceNumber: 1 });
    expect(await idsOf([a, b], [deleted])).toEqual([0, 0, 1, 2, 2]);
    const named = await positionDelete(b, 2, { sequenceNumber: 2, referencedDataFile: b.path });
    expect(await idsOf([a, b], [deleted, named])).toEqual([0, 0, 1, 2]);
    expect(
      await rows(
        `SELECT DISTINCT file_row_number FROM (${tableScanSql({ schema, files: [a, b], deletes: [deleted] })}) ORDER BY 1`,
      ),
    ).toEqual([['n1'], ['n2'], [null]]);
  });

  test('an equality delete hides rows of older files only, NULL included', async () => {
    const [old, same] = [await write3(1), await write3(2)];
    const gone = { content: 'equality_deletes', sequenceNumber: 2, equalityIds: [2] } as const;
    const deleted = await write(`SELECT NULL::VARCHAR AS n UNION ALL SELECT 'n2'`, '{n: 2}', gone);
    expect(await idsOf([old, same], [deleted])).toEqual([0, 1, 1, 2]);
  });

  test('a delete applies within its partition, and an equality delete without one everywhere', async () => {
    const one = await write3(1, { specId: 1, partition: { 1000: 'x' } });
    const two = await write3(1, { specId: 1, partition: { 1000: null } });
    const gone = { content: 'equality_deletes', sequenceNumber: 2, equalityIds: [1] } as const;
    const local = await write('SELECT 1::BIGINT AS id', '{id: 1}', {
      ...gone,
      specId: 1,
      partition: { 1000: 'x' },
    });
    const global = await write('SELECT 2::BIGINT AS id', '{id: 1}', gone);
    expect(await idsOf([one, two], [local])).toEqual([0, 0, 1, 2, 2]);
    expect(await idsOf([one, two], [local, global])).toEqual([0, 0, 1]);
  });

  test('a scan refuses unsupported files by name', async () => {
    const file = await write3(1);
    expect(() => tableScanSql({ schema, files: [{ ...file, format: 'ORC' }] })).toThrow(
      'ORC files',
    );
    const gone = {
      ...file,
      content: 'equality_deletes',
      sequenceNumber: 2,
      equalityIds: [9],
    } as const;
    expect(() => tableScanSql({ schema, files: [file], deletes: [gone] })).toThrow('no longer has');
  });
});

describe('partition expressions', () => {
  test.each<[string, string, string, string]>([
    ['year', 'timestamp', `TIMESTAMP '1969-12-31 23:59:59'`, '-1'],
    ['month', 'date', `DATE '1969-12-31'`, '-1'],
    ['month', 'timestamp', `TIMESTAMP '1971-02-01'`, '13'],
    ['day', 'timestamp', `TIMESTAMP '1969-12-31 00:00:01'`, '1969-12-31'],
    ['day', 'timestamptz', `TIMESTAMPTZ '1970-01-01 03:00:00+09'`, '1969-12-31'],
    ['hour', 'timestamp', `TIMESTAMP '1969-12-31 23:59:59.999999'`, '-1'],
    ['hour', 'timestamptz', `TIMESTAMPTZ '1970-01-01 00:30:00+00'`, '0'],
    ['truncate[10]', 'int', '-1', '-10'],
    ['truncate[10]', 'long', '19::BIGINT', '10'],
    ['truncate[2]', 'string', `'e' || chr(769) || 'x'`, 'e\u0301'],
    ['truncate[1]', 'string', `chr(128104) || 'x'`, '\u{1F468}'],
    ['identity', 'string', `'__HIVE_DEFAULT_PARTITION__'`, '__HIVE_DEFAULT_PARTITION__'],
  ])(
    'the transform %s of the %s %s gives %s in every zone of the session',
    async (transform, type, value, expected) => {
      await duckdb.run(`SET TimeZone = 'Asia/Tokyo'`);
      const sql = transformSql(transform, 'a "c', type);
      expect(await rows(`SELECT (${sql})::VARCHAR FROM (SELECT ${value} AS "a ""c")`)).toEqual([
        [expected],
      ]);
      expect(
        await rows(
          `SELECT ${sql} FROM (SELECT NULLIF(v, v) AS "a ""c" FROM (SELECT ${value} AS v))`,
        ),
      ).toEqual([[null]]);
    },
  );
});
