import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PipelineConfig } from '@rat/contracts';
import { MERGE_STRATEGIES, STRATEGIES, type MergeStrategy } from '@rat/domain';
import { duckdbType } from '@rat/engine-duckdb/table-sql';
import { FailedRun, TableHarness } from '../../test/table-harness.ts';

let root: string;
let table: TableHarness;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-refresh-'));
  table = new TableHarness(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const rows = (select: string): Promise<(string | null)[][]> => table.rows(select);

async function failure(sql: string, config: PipelineConfig, fullRefresh = false) {
  try {
    await table.run({ sql, config, fullRefresh });
  } catch (error) {
    if (error instanceof FailedRun) return error.failure;
    throw error;
  }
  throw new Error('the run was published');
}

/** The columns of main: id, name and type. */
async function columns(): Promise<string[]> {
  const { metadata } = await table.look();
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  return (schema?.fields ?? []).map(({ id, name, type }) => `${id} ${name} ${duckdbType(type)}`);
}

const append = (policy?: 'evolve' | 'fail' | 'ignore'): PipelineConfig => ({
  merge_strategy: 'append_only',
  ...(policy === undefined ? {} : { on_schema_change: policy }),
});

describe('on_schema_change', () => {
  const before = 'SELECT 1::BIGINT AS id, 0.5::FLOAT AS rate';

  test('on_schema_change evolve adds new columns, fills missing ones with NULL, and widens types', async () => {
    await table.run({ sql: before, config: append() });
    await table.run({ sql: "SELECT 0.25::DOUBLE AS rate, 'x' AS more", config: append('evolve') });
    expect(await columns()).toEqual(['1 id BIGINT', '2 rate DOUBLE', '3 more VARCHAR']);
    expect(await rows('SELECT * FROM t ORDER BY id')).toEqual([
      ['1', '0.5', null],
      [null, '0.25', 'x'],
    ]);
  });

  test.each([
    ['SELECT 1::BIGINT AS id', 'column rate (FLOAT) of the table is missing in the result'],
    [`${before}, 1 AS more`, 'column more (INTEGER) is not in the table'],
    [
      'SELECT 1::INTEGER AS id, 0.5::FLOAT AS rate',
      'column id is BIGINT in the table and INTEGER in the result',
    ],
    [
      'SELECT 1::BIGINT AS id, 0.5::DOUBLE AS rate',
      'column rate is FLOAT in the table and DOUBLE in the result',
    ],
  ])('on_schema_change fail refuses: %s', async (sql, message) => {
    await table.run({ sql: before, config: append('fail') });
    expect(await failure(sql, append('fail'))).toEqual({
      code: 'schema_conflict',
      phase: 'write',
      message,
    });
    await table.run({ sql: 'SELECT 0.5::FLOAT AS RATE, 2::BIGINT AS id', config: append('fail') });
    expect(await rows('SELECT count(*) FROM t')).toEqual([['2']]);
  });

  test('on_schema_change ignore leaves new columns out, fills missing ones with NULL, and casts without loss', async () => {
    await table.run({
      sql: "SELECT 1::BIGINT AS id, 'a' AS name, {'x': 1} AS deep",
      config: append('ignore'),
    });
    await table.run({
      sql: "SELECT 2::TINYINT AS id, 'new' AS more, {'y': 'z', 'x': 3} AS deep",
      config: append('ignore'),
    });
    expect(await columns()).toHaveLength(3);
    expect(await rows('SELECT id, name, deep.x FROM t ORDER BY id')).toEqual([
      ['1', 'a', '1'],
      ['2', null, '3'],
    ]);
    expect(await failure('SELECT 3::HUGEINT AS id', append('ignore'))).toMatchObject({
      code: 'schema_conflict',
      message: 'column id is BIGINT in the table and DECIMAL(38,0) in the result',
    });
  });

  test('on_schema_change ignore refuses a wider type, and the table keeps its own', async () => {
    await table.run({ sql: 'SELECT 1::INTEGER AS id', config: append('ignore') });
    expect(await failure('SELECT 5000000000 AS id', append('ignore'))).toMatchObject({
      code: 'schema_conflict',
      message: 'column id is INTEGER in the table and BIGINT in the result',
    });
  });

  test.each(['fail', 'ignore'] as const)(
    'on_schema_change %s keeps the version columns of the table',
    async (policy) => {
      const config: PipelineConfig = {
        merge_strategy: 'scd2',
        unique_key: 'id',
        on_schema_change: policy,
      };
      await table.run({ sql: "SELECT 1 AS id, 'a' AS v", config });
      await table.run({ sql: "SELECT 1 AS id, 'b' AS v", config });
      expect(await rows('SELECT v, is_current FROM t ORDER BY v')).toEqual([
        ['a', 'false'],
        ['b', 'true'],
      ]);
    },
  );
});

describe('a run that replaces the table', () => {
  const settings: PipelineConfig = {
    unique_key: 'id',
    partition_column: 'id',
    on_empty: 'keep',
    on_missing: 'close',
  };
  const settingsOf = (strategy: MergeStrategy): PipelineConfig => {
    const { needs, takes } = STRATEGIES[strategy];
    return Object.fromEntries([...needs, ...takes].map((key) => [key, settings[key]]));
  };
  const sql = `SELECT unnest([1, 2]) AS id, {{ 'true' if is_incremental() else 'false' }} AS more,
    coalesce({{ watermark_value }}, 0) AS seen`;

  test.each(MERGE_STRATEGIES)(
    'a full refresh by a %s pipeline builds as if there were no table',
    async (strategy) => {
      const config: PipelineConfig = {
        ...settingsOf(strategy),
        merge_strategy: strategy,
        watermark_column: 'id',
        partition_by: 'id',
      };
      await table.run({ sql: 'SELECT unnest([7, 8, 9]) AS id, false AS more, 0 AS seen', config });
      const run = await table.run({ sql, config, fullRefresh: true });
      expect(run).toMatchObject({ rows: 2, rowsDeleted: 3, rowsTotal: 2, removed: 'all' });
      expect(await rows('SELECT id, more, seen FROM t ORDER BY id')).toEqual([
        ['1', 'false', '0'],
        ['2', 'false', '0'],
      ]);
      const next = await table.run({ sql, config });
      expect(next.rowsTotal).toBe(strategy === 'append_only' || strategy === 'scd2' ? 4 : 2);
      // The template sees a published table again.
      expect(await rows('SELECT max(seen) FROM t WHERE more')).toEqual([['2']]);
    },
  );

  test.each(['fail', 'evolve', 'ignore'] as const)(
    'a full refresh under %s may change the columns freely; an incompatible one is a new column',
    async (policy) => {
      const old = "SELECT 1::BIGINT AS id, 'x' AS kind, 0.5::FLOAT AS rate, true AS gone";
      await table.run({ sql: old, config: append(policy) });
      const sql = `SELECT 5 AS kind, 2::INTEGER AS id, 0.5::DOUBLE AS rate, [1] AS list`;
      await table.run({ sql, config: append(policy), fullRefresh: true });
      expect(await columns()).toEqual([
        expect.stringMatching(/^\d kind INTEGER$/),
        expect.stringMatching(/^\d id INTEGER$/),
        '3 rate DOUBLE',
        expect.stringMatching(/^\d list INTEGER\[\]$/),
      ]);
      const ids = (await columns()).map((column) => Number(column.split(' ')[0]));
      expect(ids.filter((id) => id <= 4)).toEqual([3]);
      expect(new Set(ids).size).toBe(4);
      expect(await rows('SELECT * FROM t')).toEqual([['5', '2', '0.5', '[1]']]);
    },
  );

  test('a full refresh without rows empties the table', async () => {
    const config: PipelineConfig = { on_empty: 'keep' };
    await table.run({ sql: 'SELECT 1 AS id', config });
    const run = await table.run({ sql: 'SELECT 1 AS id WHERE false', config, fullRefresh: true });
    expect(run).toMatchObject({ rows: 0, rowsDeleted: 1, rowsTotal: 0 });
  });

  test('a full refresh keeps the columns of earlier partitions', async () => {
    const day = "SELECT DATE '2024-01-01' AS d, 1 AS n";
    await table.run({ sql: day, config: { partition_by: [{ column: 'd', transform: 'day' }] } });
    expect(await failure('SELECT 1 AS n', {}, true)).toMatchObject({
      code: 'schema_conflict',
      message:
        'column d (DATE) of the table is missing in the result, and cannot be given up: the table is, or was, partitioned by it',
    });
    expect(await failure("SELECT '2024' AS d, 1 AS n", { partition_by: 'd' }, true)).toMatchObject({
      code: 'schema_conflict',
      message: expect.stringContaining('column d is DATE in the table and VARCHAR in the result'),
    });
    await table.run({ sql: day, config: { partition_by: 'd' }, fullRefresh: true });
    expect(await rows('SELECT n FROM t')).toEqual([['1']]);
  });
});
