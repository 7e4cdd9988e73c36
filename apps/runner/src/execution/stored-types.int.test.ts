import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PipelineConfig } from '@rat/contracts';
import { openSession } from '@rat/engine-duckdb/testing';
import { FailedRun, TableHarness } from '../../test/table-harness.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-types-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

let tables = 0;
function newTable(): TableHarness {
  tables += 1;
  return new TableHarness(join(root, `t${tables}`));
}

/** DuckDB's answer without a table in between. */
async function ask(sql: string): Promise<(string | null)[][]> {
  const session = await openSession({
    inputs: { tables: {}, fileLists: {} },
    stagingDir: join(root, 'ask'),
    tempDir: join(root, 'temp'),
    memoryLimitMb: 256,
    tempLimitMb: 64,
    threads: 1,
  });
  try {
    return await session.execute(sql);
  } finally {
    await session.close();
  }
}

/** `kept`, or the message of the refusal. Any other result is a value that changed. */
async function store(select: string): Promise<string> {
  const rows = `SELECT row_number() OVER () AS n, * FROM (${select}) s(c)`;
  const table = newTable();
  try {
    await table.run({ sql: rows });
  } catch (error) {
    if (!(error instanceof FailedRun)) throw error;
    return `${error.failure.code}: ${error.failure.message}`;
  }
  const text = 'SELECT CAST(c AS VARCHAR)';
  const stored = await table.rows(`${text} FROM t ORDER BY n`);
  const asked = await ask(`${text} FROM (${rows}) ORDER BY n`);
  return JSON.stringify(stored) === JSON.stringify(asked)
    ? 'kept'
    : `CHANGED ${JSON.stringify(asked)} to ${JSON.stringify(stored)}`;
}

const SHAPES: Record<string, (value: string) => string> = {
  column: (value) => value,
  list: (value) => `[${value}, NULL]`,
  struct: (value) => `{'m': ${value}, 'n': 1}`,
  'map value': (value) => `MAP {'k': ${value}}`,
  'list of structs': (value) => `[{'m': [${value}]}]`,
};

describe('every type that DuckDB has', () => {
  test.each(Object.entries(SHAPES))(
    'a value of type %s is stored unchanged, or refused by the name of its column',
    async (_, shape) => {
      const names = await ask(`SELECT column_name FROM (DESCRIBE SELECT * FROM test_all_types())`);
      const outcomes: Record<string, string> = {};
      for (const [name] of names) {
        const rows = `SELECT ${shape(`"${name}"`)} FROM test_all_types() LIMIT 2`;
        outcomes[name ?? ''] = await store(rows);
      }
      const wrong = Object.entries(outcomes).filter(
        ([, outcome]) =>
          outcome !== 'kept' &&
          !/^(config|sql)_error: column c\b.*; write (CAST|ST_AsWKB)\("c"/.test(outcome),
      );
      expect(wrong).toEqual([]);
      expect(outcomes['timestamp_ns']).not.toBe('kept');
    },
    120_000,
  );
});

describe('a moment without end, or beyond the years of a calendar', () => {
  test.each([
    `DATE 'infinity'`,
    `DATE '-infinity'`,
    `TIMESTAMP 'infinity'`,
    `TIMESTAMPTZ '-infinity'`,
    `DATE '0001-01-01 (BC)'`,
    `DATE '5881580-07-10'`,
    `DATE '5877642-06-25 (BC)'`,
    `TIMESTAMP '294247-01-10 04:00:54.775806'`,
    `TIMESTAMP '290309-12-22 (BC) 00:00:00'`,
    `TIMESTAMPTZ '0044-03-15 (BC) 12:00:00+00'`,
    `TIME '24:00:00'`,
    `[DATE 'infinity', NULL]`,
    `{'a': TIMESTAMP '-infinity'}`,
  ])('%s is stored unchanged as a value, key and watermark', async (value) => {
    expect(await store(`SELECT ${value}`)).toBe('kept');
    if (/^[[{]|^TIME '/.test(value)) return;
    const table = newTable();
    const config: PipelineConfig = {
      merge_strategy: 'incremental',
      unique_key: ['k'],
      watermark_column: 'k',
    };
    const sql = `SELECT ${value} AS k, 1 AS v {% if is_incremental() %} WHERE ${value} > {{ watermark_value }} {% endif %}`;
    await table.run({ sql, config });
    await table.run({ sql, config });
    const asked = await ask(`SELECT CAST(${value} AS VARCHAR)`);
    expect(await table.rows('SELECT CAST(k AS VARCHAR) FROM t')).toEqual(asked);
  });

  test.each<['identity' | 'year' | 'month' | 'day' | 'hour', string]>([
    ['identity', `DATE '0001-01-01 (BC)'`],
    ['year', `DATE '0001-06-01 (BC)'`],
    ['month', `TIMESTAMP '0044-03-15 (BC) 12:00:00'`],
    ['day', `DATE '5881580-07-10'`],
    ['day', `TIMESTAMPTZ '290309-12-22 (BC) 00:00:00+00'`],
    ['hour', `TIMESTAMP '290309-12-22 (BC) 00:00:00'`],
    ['hour', `TIMESTAMP '294247-01-10 04:00:54.775806'`],
    ['month', `DATE '5877642-06-25 (BC)'`],
    ['year', `DATE 'infinity'`],
    ['day', `TIMESTAMP '-infinity'`],
    ['hour', `TIMESTAMPTZ 'infinity'`],
    ['identity', `DATE '-infinity'`],
  ])('partitioned by %s, %s is kept or refused by column', async (transform, value) => {
    const table = newTable();
    const config: PipelineConfig = { partition_by: [{ column: 'c', transform }] };
    try {
      await table.run({ sql: `SELECT ${value} AS c`, config });
    } catch (error) {
      if (!(error instanceof FailedRun)) throw error;
      expect(error.failure.code).toMatch(/^(config|sql)_error$/);
      expect(error.failure.message).toMatch(/column c\b/);
      return;
    }
    expect(await table.rows('SELECT CAST(c AS VARCHAR) FROM t')).toEqual(
      await ask(`SELECT CAST(${value} AS VARCHAR)`),
    );
  });
});

test.each([
  `(-9223372036854775807)::BIGINT`,
  `-2147483648`,
  `(-99999999999999999999999999999999999999)::DECIMAL(38,0)`,
  `1.5::DECIMAL(3,1)`,
])('%s as a partition value is kept or refused by column and value', async (value) => {
  const table = newTable();
  const config: PipelineConfig = {
    partition_by: [{ column: 'c', transform: 'truncate[1000]' as const }],
  };
  const [[text] = []] = await ask(`SELECT CAST(${value} AS VARCHAR)`);
  try {
    await table.run({ sql: `SELECT ${value} AS c UNION ALL SELECT NULL`, config });
  } catch (error) {
    if (!(error instanceof FailedRun)) throw error;
    expect(error.failure).toMatchObject({
      code: 'sql_error',
      message: expect.stringContaining(`partition_by: column c holds ${text}`),
    });
    return;
  }
  expect(await table.rows('SELECT CAST(c AS VARCHAR) FROM t WHERE c IS NOT NULL')).toEqual([
    [text],
  ]);
});
