import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PipelineConfig } from '@rat/contracts';
import { pathFromUri } from '@rat/storage';
import { FailedRun, TableHarness } from '../../test/table-harness.ts';

let root: string;
let table: TableHarness;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-partitions-'));
  table = new TableHarness(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const rows = (select: string): Promise<(string | null)[][]> => table.rows(select);

/** The partition values of main's files; `null` is the text of a file without one. */
async function partitions(): Promise<string[]> {
  const { files } = await table.look();
  return files.map(({ partition }) => Object.values(partition).map(String).join('|')).toSorted();
}

/** The spec that readers expect for new files, as `name: transform(source id)`. */
async function spec(): Promise<string[]> {
  const { metadata } = await table.look();
  const found = metadata['partition-specs'].find(
    (one) => one['spec-id'] === metadata['default-spec-id'],
  );
  return (found?.fields ?? []).map((one) => `${one.name}: ${one.transform}(${one['source-id']})`);
}

async function failure(sql: string, config: PipelineConfig) {
  try {
    await table.run({ sql, config });
  } catch (error) {
    if (error instanceof FailedRun) return error.failure;
    throw error;
  }
  throw new Error('the run was published');
}

const by = (column: string, transform?: string): PipelineConfig => ({
  partition_by: [transform === undefined ? column : { column, transform }],
});
const values = (type: string, ...list: (string | null)[]): string =>
  `SELECT CAST(v AS ${type}) AS c, v AS text FROM (VALUES ${list
    .map((one) => `(${one === null ? 'NULL' : `'${one}'`})`)
    .join(', ')}) t(v)`;

describe('every transform partitions the rows as Iceberg defines it, and readers get all of them back', () => {
  test.each<[string, string, (string | null)[], string[]]>([
    ['identity', 'DATE', ['1969-12-31', null, '2024-02-29'], ['1969-12-31', '2024-02-29', 'null']],
    ['identity', 'VARCHAR', ['', 'a/b=c', 'ü%', null], ['', 'a/b=c', 'null', 'ü%']],
    ['identity', 'DECIMAL(9,2)', ['-0.05', '14.20'], ['-0.05', '14.20']],
    ['identity', 'BOOLEAN', ['true', 'false', null], ['false', 'null', 'true']],
    ['identity', 'TIMESTAMPTZ', ['1969-12-31 23:59:59.5-01'], ['1970-01-01 00:59:59.5+00']],
    [
      'identity',
      'UUID',
      ['00112233-4455-6677-8899-aabbccddeeff'],
      ['00112233-4455-6677-8899-aabbccddeeff'],
    ],
    ['year', 'DATE', ['1969-12-31', '1970-01-01', '1900-06-01', null], ['-1', '-70', '0', 'null']],
    ['year', 'TIMESTAMPTZ', ['1970-01-01 00:30:00+01'], ['-1']],
    ['month', 'DATE', ['1969-12-31', '1969-11-30', '2024-02-29'], ['-1', '-2', '649']],
    ['month', 'TIMESTAMP', ['1969-12-31 23:59:59.999999', '1970-01-31', null], ['-1', '0', 'null']],
    [
      'day',
      'TIMESTAMP',
      ['1969-12-31 23:59:59.999999', '1970-01-01'],
      ['1969-12-31', '1970-01-01'],
    ],
    ['day', 'TIMESTAMPTZ', ['2024-03-01 00:30:00+02', null], ['2024-02-29', 'null']],
    ['day', 'DATE', ['0001-01-01', '9999-12-31'], ['0001-01-01', '9999-12-31']],
    ['hour', 'TIMESTAMP', ['1969-12-31 23:59:59', '1970-01-01 01:00'], ['-1', '1']],
    ['hour', 'TIMESTAMPTZ', ['1970-01-01 00:30:00+01', null], ['-1', 'null']],
    ['truncate[2]', 'VARCHAR', ['😀é日', '😀éx', 'a', '', null], ['', 'a', 'null', '😀é']],
    [
      'truncate[10]',
      'INTEGER',
      ['-1', '-10', '-11', '9', '2147483647'],
      ['-10', '-20', '0', '2147483640'],
    ],
    ['truncate[999999999]', 'INTEGER', ['2147483647', '-1'], ['-999999999', '1999999998']],
    ['truncate[100]', 'BIGINT', ['-9007199254740993', null], ['-9007199254741000', 'null']],
    // The width counts units of the last digit: 0.50.
    [
      'truncate[50]',
      'DECIMAL(4,2)',
      ['10.65', '-0.05', '0.49', null],
      ['-0.50', '0.00', '10.50', 'null'],
    ],
    ['truncate[7]', 'DECIMAL(9,0)', ['-1', '8'], ['-7', '7']],
    [
      'truncate[10]',
      'DECIMAL(38,2)',
      ['123456789012345678901234567890123456.78'],
      ['123456789012345678901234567890123456.70'],
    ],
  ])('%s of %s', async (transform, type, given, expected) => {
    await table.run({ sql: values(type, ...given), config: by('c', transform) });
    expect(await partitions()).toEqual(expected);
    expect(await rows('SELECT text FROM t ORDER BY text NULLS LAST')).toEqual(
      given.toSorted((a, b) => compare(a, b)).map((text) => [text]),
    );
    // Every column is in the files, and only the table's columns.
    expect(await rows('SELECT count(*) FROM t WHERE c IS NULL')).toEqual([
      [String(given.filter((text) => text === null).length)],
    ]);
  });
});

/**
 * Overwrites all of a Parquet file except its footer, whose length stands before the closing magic.
 */
async function ruinValues(path: string): Promise<void> {
  const bytes = await readFile(path);
  const footer = bytes.readUInt32LE(bytes.length - 8) + 8;
  await writeFile(path, bytes.fill(0xff, 4, bytes.length - footer));
}

/** As DuckDB orders text, by its bytes. */
function compare(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

describe('a value that has no partition fails the run before data is written', () => {
  test.each<[string, PipelineConfig, string]>([
    ['SELECT 1 AS a', by('b'), 'partition_by: the result has no column b'],
    [
      "SELECT 'x' AS a",
      by('a', 'month'),
      'partition_by: column a is VARCHAR, which the transform month',
    ],
    [
      "SELECT DATE '2024-01-01' AS a",
      by('a', 'hour'),
      'column a is DATE, which the transform hour',
    ],
    ['SELECT 1.5::DOUBLE AS a', by('a'), 'column a is DOUBLE'],
    ["SELECT 'x'::BLOB AS a", by('a'), 'column a is BLOB'],
    ['SELECT [1] AS a', by('a'), 'column a is INTEGER[]'],
  ])('%s', async (sql, config, message) => {
    expect(await failure(sql, config)).toMatchObject({
      code: 'config_error',
      phase: 'write',
      message: expect.stringContaining(message),
    });
  });

  test.each(['identity', 'month', 'day'])(
    'an infinite date is refused by %s',
    async (transform) => {
      expect((await failure("SELECT 'infinity'::DATE AS c", by('c', transform))).message).toContain(
        'column c holds an infinite value',
      );
    },
  );

  test('an error of the query keeps its place', async () => {
    const sql = "SELECT 1 AS c,\n  CAST(x AS INTEGER) AS n FROM (VALUES ('a')) v(x)";
    expect(await failure(sql, by('c'))).toMatchObject({ code: 'sql_error', phase: 'write' });
    expect(await failure('SELECT 1 AS c,\n  nothing AS n', by('c'))).toMatchObject({
      code: 'sql_error',
      line: 2,
    });
  });
});

describe('partitions change from run to run', () => {
  const append = (config: PipelineConfig): PipelineConfig => ({
    merge_strategy: 'append_only',
    ...config,
  });
  const orders = (day: string): string => `SELECT DATE '${day}' AS d, 'eu' AS region`;

  test('old files keep the spec that they were written with, and readers read all of them', async () => {
    await table.run({ sql: orders('2024-01-31'), config: append({}) });
    expect(await spec()).toEqual([]);
    await table.run({ sql: orders('2024-02-01'), config: append(by('d', 'month')) });
    expect(await spec()).toEqual(['d_month: month(1)']);
    const both: PipelineConfig = { partition_by: [{ column: 'D', transform: 'day' }, 'region'] };
    await table.run({ sql: orders('2024-03-01'), config: append(both) });
    expect(await spec()).toEqual(['d_day: day(1)', 'region: identity(2)']);
    await table.run({ sql: orders('2024-03-02'), config: append(by('d', 'month')) });
    expect(await spec()).toEqual(['d_month: month(1)']);
    await table.run({ sql: orders('2024-03-03'), config: append({}) });
    expect(await spec()).toEqual([]);

    const { metadata, files } = await table.look();
    expect(metadata['partition-specs'].map((one) => one.fields.map((f) => f['field-id']))).toEqual([
      [],
      [1000],
      [1001, 1002],
    ]);
    expect(files.map(({ specId }) => String(specId)).toSorted()).toEqual([...'00112']);
    expect(await rows('SELECT count(*), count(DISTINCT d) FROM t')).toEqual([['5', '5']]);
  });

  test('a rewritten file gets the current spec', async () => {
    const upsert: PipelineConfig = { merge_strategy: 'incremental', unique_key: 'id' };
    await table.run({ sql: 'SELECT range AS id, 0 AS v FROM range(4)', config: upsert });
    await table.run({
      sql: 'SELECT 1::BIGINT AS id, 1 AS v',
      config: { ...upsert, partition_by: [{ column: 'id', transform: 'truncate[2]' }] },
    });
    expect(await partitions()).toEqual(['0', '2']);
    expect(await rows('SELECT id, v FROM t ORDER BY id')).toEqual([
      ['0', '0'],
      ['1', '1'],
      ['2', '0'],
      ['3', '0'],
    ]);
  });

  test('a partition column may be widened, but not narrowed or changed', async () => {
    await table.run({ sql: 'SELECT 1::INTEGER AS c', config: append(by('c')) });
    await table.run({ sql: 'SELECT 5000000000 AS c', config: append(by('c')) });
    expect(await partitions()).toEqual(['1', '5000000000']);
    expect(await rows('SELECT sum(c) FROM t')).toEqual([['5000000001']]);
    expect(await failure("SELECT 'x' AS c", append(by('c')))).toMatchObject({
      code: 'schema_conflict',
      message: 'column c is BIGINT in the table and VARCHAR in the result',
    });
    expect(await failure('SELECT 1 AS other', append(by('c')))).toMatchObject({
      code: 'config_error',
      message: 'partition_by: the result has no column c',
    });
  });

  test('a later column does not collide with a partition’s name', async () => {
    await table.run({ sql: orders('2024-01-31'), config: append(by('d', 'month')) });
    const sql = `SELECT DATE '2024-01-31' AS d, 'eu' AS region, 1 AS d_month`;
    await table.run({ sql, config: append(by('d', 'month')) });
    expect(await spec()).toEqual(['d_month_2: month(1)']);
  });
});

test('snapshot replaces the rows of the null partition, and leaves the others', async () => {
  const config: PipelineConfig = {
    merge_strategy: 'snapshot',
    partition_column: 'k',
    partition_by: 'k',
  };
  await table.run({ sql: "SELECT unnest(['a', 'b', NULL]) AS k, 1 AS v", config });
  const run = await table.run({ sql: 'SELECT NULL::VARCHAR AS k, 2 AS v', config });
  expect(run).toMatchObject({ rows: 1, rowsDeleted: 1, rowsTotal: 3 });
  expect(run.removed).toHaveLength(1);
  expect(await partitions()).toEqual(['a', 'b', 'null']);
  expect(await rows('SELECT k, v FROM t ORDER BY k NULLS LAST')).toEqual([
    ['a', '1'],
    ['b', '1'],
    [null, '2'],
  ]);
});

describe('files that cannot hold a row are not read', () => {
  const year = `SELECT DATE '2024-01-01' + range::INTEGER AS d, range AS id FROM range(366)`;

  test('a filter on the partition column leaves all other files unscanned', async () => {
    await table.run({ sql: year, config: by('d', 'month') });
    expect(await partitions()).toHaveLength(12);
    const filter = "d BETWEEN DATE '2024-03-05' AND DATE '2024-03-20'";
    const { files } = await table.look();
    // Only the footers of the other months are left.
    const others = files.filter(({ partition }) => Object.values(partition)[0] !== '650');
    expect(others).toHaveLength(11);
    for (const file of others) await ruinValues(pathFromUri(file.path));
    await expect(rows('SELECT count(id), sum(id) FROM t')).rejects.toThrow();
    expect(await rows(`SELECT count(id) FROM t WHERE ${filter}`)).toEqual([['16']]);
  });

  test('a merge by the partition column opens and rewrites one partition', async () => {
    const config: PipelineConfig = {
      merge_strategy: 'incremental',
      unique_key: 'd',
      ...by('d', 'month'),
    };
    await table.run({ sql: year, config });
    const run = await table.run({ sql: "SELECT DATE '2024-05-05' AS d, -1 AS id", config });
    expect(run).toMatchObject({ rows: 1, rowsDeleted: 1, rowsTotal: 366 });
    expect(run.removed).toHaveLength(1);
    expect(run.files.map(({ recordCount }) => recordCount)).toEqual([31]);
  });

  test('more partitions than DuckDB keeps open by itself get one file each', async () => {
    await table.run({
      sql: 'SELECT (range * 7919 % 300)::INTEGER AS k FROM range(30000)',
      config: by('k'),
    });
    expect((await table.look()).files).toHaveLength(300);
  });
});
