import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PipelineConfig } from '@rat/contracts';
import { TableHarness } from '../../test/table-harness.ts';

let root: string;
let table: TableHarness;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-merge-'));
  table = new TableHarness(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const upsert: PipelineConfig = { merge_strategy: 'incremental', unique_key: 'id' };
const history: PipelineConfig = { merge_strategy: 'scd2', unique_key: ['id'] };

const rows = (select: string): Promise<(string | null)[][]> => table.rows(select);

/** Rows `from` to `to`, exclusive, with the value `v`. Each append is a file of its own. */
const range = (from: number, to: number, v: string): string =>
  `SELECT range AS id, '${v}' AS v FROM range(${from}, ${to})`;

async function appendThree(): Promise<string[]> {
  const paths: string[] = [];
  for (const from of [0, 100, 200]) {
    const run = await table.run({
      sql: range(from, from + 100, 'old'),
      config: { merge_strategy: 'append_only' },
    });
    paths.push(...run.files.map(({ path }) => path));
  }
  expect(paths).toHaveLength(3);
  return paths;
}

describe('copy-on-write', () => {
  test('copy-on-write rewrites the files that hold a changed key, and no other', async () => {
    const [first, , third] = await appendThree();
    const run = await table.run({
      // 150 lies in the second file's range and is unchanged.
      sql: "SELECT unnest([5, 250, 150, 900]) AS id, unnest(['new', 'new', 'old', 'new']) AS v",
      config: upsert,
    });
    expect(run.removed.toString().split(',').sort()).toEqual([first, third].sort());
    expect(run).toMatchObject({ rows: 3, rowsDeleted: 2, rowsTotal: 301 });
    expect(await rows("SELECT id FROM t WHERE v = 'new' ORDER BY id")).toEqual([
      ['5'],
      ['250'],
      ['900'],
    ]);
  });

  test('copy-on-write adds one file and removes none when no file holds the key', async () => {
    await appendThree();
    const run = await table.run({ sql: range(1000, 1002, 'new'), config: upsert });
    expect(run).toMatchObject({ removed: [], rows: 2, rowsDeleted: 0, rowsTotal: 302 });
  });

  test.each([
    ['incremental', upsert],
    ['scd2', history],
  ])('%s on the same input again writes no file, and commits a snapshot', async (_, config) => {
    const once = await table.run({ sql: range(0, 50, 'x'), config });
    const again = await table.run({
      sql: range(0, 50, 'x'),
      config,
      startedAt: '2026-07-02T10:00:00.000Z',
    });
    expect(again).toMatchObject({ files: [], removed: [], rows: 0, rowsDeleted: 0, rowsTotal: 50 });
    expect(again.snapshotId).not.toBe(once.snapshotId);
  });

  test('the first run keeps the last row of each key', async () => {
    await table.run({
      sql: "SELECT * FROM (VALUES (1, 'c', 3), (1, 'a', 1), (NULL, 'x', 1), (NULL, 'y', 2)) v(id, v, pos) ORDER BY pos",
      config: upsert,
    });
    expect(await rows('SELECT id, v FROM t ORDER BY id')).toEqual([
      ['1', 'c'],
      [null, 'y'],
    ]);
  });
});

describe('a key of any type is found by its range', () => {
  test.each([
    ['INTEGER', '-1', '7'],
    ['BIGINT', '-9007199254740993', '9007199254740993'],
    ['DECIMAL(18,3)', '-0.005', '123456789012345.678'],
    ['VARCHAR', 'a'.repeat(40), `${'a'.repeat(39)}b`],
    ['VARCHAR', '', '\u{10FFFF}'.repeat(20)],
    ['VARCHAR', '\uFFFD', '\u{1F600}'],
    ['DATE', '1969-12-31', '2026-07-01'],
    ['TIMESTAMP', '1969-12-31 23:59:59.999999', '2026-07-01 10:00:00'],
    ['TIMESTAMP WITH TIME ZONE', '1969-12-31 23:59:59.999999+00', '2026-07-01 10:00:00+00'],
    ['UUID', '00000000-0000-0000-0000-000000000001', 'f190a2b4-0000-7000-8000-000000000001'],
    ['BLOB', '\\x00\\x01', '\\xFF\\xFE'],
    ['BOOLEAN', 'false', 'true'],
    ['DOUBLE', '-inf', 'nan'],
  ])('%s, %s and %s', async (type, low, high) => {
    const one = (key: string | null, v: string): string =>
      `SELECT CAST(${key === null ? 'NULL' : `'${key}'`} AS ${type}) AS id, '${v}' AS v`;
    const paths: string[] = [];
    for (const key of [low, high, null]) {
      const run = await table.run({
        sql: one(key, 'old'),
        config: { merge_strategy: 'append_only' },
      });
      paths.push(...run.files.map(({ path }) => path));
    }
    for (const [i, key] of [low, high, null].entries()) {
      const run = await table.run({ sql: one(key, 'new'), config: upsert });
      expect(run).toMatchObject({ removed: [paths[i]], rows: 1, rowsDeleted: 1, rowsTotal: 3 });
    }
    expect(await rows('SELECT CAST(id AS VARCHAR), v FROM t ORDER BY id')).toEqual([
      [low, 'new'],
      [high, 'new'],
      [null, 'new'],
    ]);
  });

  test('a key whose type was widened is still found', async () => {
    await table.run({ sql: 'SELECT 1::INTEGER AS id, 1 AS v', config: upsert });
    await table.run({ sql: 'SELECT 2::INTEGER AS id, 2 AS v', config: upsert });
    const run = await table.run({
      sql: 'SELECT unnest([2, 3000000000]) AS id, 9 AS v',
      config: upsert,
    });
    expect(run).toMatchObject({ rows: 2, rowsDeleted: 1, rowsTotal: 3 });
    expect(run.removed).toHaveLength(1);
    expect(await rows('SELECT id, v FROM t ORDER BY id')).toEqual([
      ['1', '1'],
      ['2', '9'],
      ['3000000000', '9'],
    ]);
  });

  test('nested values are compared as a whole', async () => {
    const sql = "SELECT 1 AS id, {'a': [1, NULL], 'm': MAP {'k': 1.5}} AS s";
    await table.run({ sql, config: upsert });
    expect(await table.run({ sql, config: upsert })).toMatchObject({ rows: 0, removed: [] });
    const other = sql.replace('NULL', '2');
    expect(await table.run({ sql: other, config: upsert })).toMatchObject({ rows: 1 });
  });
});

test('quality tests see the kept rows and the new ones', async () => {
  const count = (n: number) => ({
    name: 'count',
    severity: 'error' as const,
    sql: `SELECT count(*) AS n FROM {{ this }} HAVING count(*) <> ${n}`,
  });
  await appendThree();
  for (const config of [upsert, { merge_strategy: 'append_only' } satisfies PipelineConfig]) {
    await expect(
      table.run({ sql: range(999, 1000, 'new'), config, qualityTests: [count(0)] }),
    ).rejects.toThrow('n=301');
  }
});

describe('a watermark', () => {
  const config: PipelineConfig = { ...upsert, watermark_column: 'seen_at' };
  const sql =
    "SELECT id, seen_at FROM (VALUES (1, TIMESTAMP '2026-01-01 00:00:00.000001'), (2, TIMESTAMP '2026-01-02')) v(id, seen_at)" +
    ' {% if is_incremental() %} WHERE seen_at > {{ watermark_value }} {% endif %}';

  test('a watermark is a literal of main’s greatest value', async () => {
    expect(await table.run({ sql: `${sql} LIMIT 1`, config })).toMatchObject({ rows: 1 });
    expect(await table.run({ sql, config })).toMatchObject({ rows: 1, rowsTotal: 2 });
    expect(await table.run({ sql, config })).toMatchObject({ rows: 0, rowsTotal: 2 });
  });

  test('a watermark is false on the first run, so a filter that depends on it takes every row', async () => {
    const asked = sql.replace('is_incremental()', 'watermark_value');
    expect(await table.run({ sql: `${asked} LIMIT 1`, config })).toMatchObject({ rows: 1 });
    expect(await table.run({ sql: asked, config })).toMatchObject({ rows: 1, rowsTotal: 2 });
  });

  test('a watermark is false while the table has no value but NULL', async () => {
    const empty = 'SELECT 1 AS id, CAST(NULL AS TIMESTAMP) AS seen_at';
    expect(await table.run({ sql: empty, config })).toMatchObject({ rows: 1 });
    const asked = sql.replace('is_incremental()', 'watermark_value');
    expect(await table.run({ sql: asked, config })).toMatchObject({ rows: 2 });
  });

  test('a watermark is NULL on the first run', async () => {
    const first = 'SELECT 1 AS id, now() AS seen_at WHERE {{ watermark_value }} IS NULL';
    expect(await table.run({ sql: first, config })).toMatchObject({ rows: 1 });
  });
});

describe('a configuration that does not fit the result fails, and leaves the table alone', () => {
  test.each<[string, PipelineConfig, string, string]>([
    ['an unknown key', { ...upsert, unique_key: 'id, nope' }, 'SELECT 1 AS id', 'no column nope'],
    [
      'an unknown partition',
      { merge_strategy: 'snapshot', partition_column: 'day' },
      'SELECT 1 AS id',
      'partition_column: the result has no column day',
    ],
    [
      'an unknown watermark',
      { watermark_column: 'at' },
      'SELECT 1 AS id',
      'watermark_column: there is no column at',
    ],
    ['a key with parts', upsert, 'SELECT [1] AS id', 'column id has parts'],
    [
      'a column that scd2 makes',
      history,
      'SELECT 1 AS id, true AS IS_CURRENT',
      'must not have a column is_current',
    ],
  ])('%s', async (_, config, sql, message) => {
    const failed = table.run({ sql, config });
    await expect(failed).rejects.toMatchObject({
      failure: { code: 'config_error', phase: 'write', message: expect.stringContaining(message) },
    });
    await expect(table.scan()).rejects.toThrow('nothing was published');
  });

  test('scd2 is refused on a table that keeps no versions', async () => {
    await table.run({ sql: 'SELECT 1 AS id' });
    await expect(table.run({ sql: 'SELECT 1 AS id', config: history })).rejects.toMatchObject({
      failure: { code: 'config_error', message: expect.stringContaining('keeps no versions') },
    });
    expect(await rows('FROM t')).toEqual([['1']]);
  });
});

test('names match in any spelling', async () => {
  await table.run({ sql: 'SELECT 1 AS "Id", 1 AS v', config: { ...upsert, unique_key: 'ID' } });
  await table.run({ sql: 'SELECT 1 AS iD, 2 AS V', config: { ...upsert, unique_key: 'ID' } });
  expect(await rows('SELECT "Id", v FROM t')).toEqual([['1', '2']]);
});
