import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PipelineConfig } from '@rat/contracts';
import { FailedRun, TableHarness } from '../../test/table-harness.ts';

let root: string;
let table: TableHarness;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-text-'));
  table = new TableHarness(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Expressions, because SQL has no literals for some of them. */
const TEXTS = [
  `'a' || chr(0) || 'b'`,
  'chr(0)',
  `'x' || chr(0)`,
  `'it''s "quoted" \\ % -- /* ;'`,
  `'line' || chr(10) || chr(13) || 'feed'`,
  `''`,
  `' '`,
  `'__HIVE_DEFAULT_PARTITION__'`,
  `'../../etc/passwd'`,
  `'a/b=c%2F%00'`,
  `chr(769)`,
  `chr(65279) || chr(8238)`,
  `'🦆'`,
  `'NULL'`,
  `repeat('é', 100000)`,
  `repeat(chr(0), 50)`,
];

const LIST = TEXTS.map((text) => `(${text})`).join(', ');

async function stored(column = 'k'): Promise<(string | null)[][]> {
  return table.rows(`SELECT "${column}", v FROM t ORDER BY ALL`);
}

describe('keys, watermarks and partitions may be any text', () => {
  test.each<[NonNullable<PipelineConfig['merge_strategy']>, PipelineConfig]>([
    ['incremental', { unique_key: ['k'] }],
    ['delete_insert', { unique_key: ['k'] }],
    ['snapshot', { partition_column: 'k' }],
    ['incremental', { unique_key: ['k'], partition_by: ['k'] }],
    [
      'incremental',
      { unique_key: ['k'], partition_by: [{ column: 'k', transform: 'truncate[2]' }] },
    ],
  ])('%s with %j finds each row again by its text', async (strategy, more) => {
    const config: PipelineConfig = { merge_strategy: strategy, ...more };
    await table.run({ sql: `SELECT k, 1 AS v FROM (VALUES ${LIST}) t(k)`, config });
    await table.run({ sql: `SELECT k, 2 AS v FROM (VALUES ${LIST}) t(k)`, config });
    const rows = await stored();
    expect(rows).toHaveLength(TEXTS.length);
    expect(rows.every(([, v]) => v === '2')).toBe(true);
    const [[same] = []] = await table.rows(
      `SELECT count(*) FROM (FROM (VALUES ${LIST}) x(k) INTERSECT SELECT k FROM t)`,
    );
    expect(same).toBe(String(TEXTS.length));
  });

  test('scd2 keeps one current version of each text', async () => {
    const config: PipelineConfig = { merge_strategy: 'scd2', unique_key: ['k'] };
    await table.run({ sql: `SELECT k, 1 AS v FROM (VALUES ${LIST}) t(k)`, config });
    await table.run({ sql: `SELECT k, 2 AS v FROM (VALUES ${LIST}) t(k)`, config });
    expect(await table.rows('SELECT count(*) FROM t WHERE is_current AND v = 2')).toEqual([
      [String(TEXTS.length)],
    ]);
  });

  test.each(TEXTS)('a watermark of %s is exactly the greatest value', async (text) => {
    const config: PipelineConfig = { merge_strategy: 'append_only', watermark_column: 'k' };
    const sql = `SELECT ${text} AS k, 1 AS v {% if is_incremental() %} WHERE ${text} > {{ watermark_value }} {% endif %}`;
    await table.run({ sql, config });
    await table.run({ sql, config });
    expect(await table.rows('SELECT count(*) FROM t')).toEqual([['1']]);
  });
});

describe('columns may have any name', () => {
  test.each([
    'it"s',
    `it's`,
    'a.b',
    'a b',
    '%',
    '🦆',
    'é',
    'line\nfeed',
    'back\\slash',
    'select',
    '1',
    'x'.repeat(300),
    'rat_ordinal',
    'element',
  ])('%j works as key, watermark and partition', async (name) => {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const config: PipelineConfig = {
      merge_strategy: 'incremental',
      unique_key: [name],
      watermark_column: name,
      partition_by: [name],
    };
    await table.run({ sql: `SELECT 'a' AS ${quoted}, 1 AS v`, config });
    await table.run({ sql: `SELECT 'a' AS ${quoted}, 2 AS v`, config });
    expect(await table.rows(`SELECT ${quoted}, v FROM t`)).toEqual([['a', '2']]);
  });

  test('two columns that differ only by case are refused by name', async () => {
    const refused = table.run({ sql: 'SELECT 1 AS "Ab", 2 AS "aB"' });
    await expect(refused).rejects.toThrow(FailedRun);
    await expect(refused).rejects.toThrow(/aB/);
  });

  test.each(['__rat_ordinal', '__RAT_file', '__rat_partition_1000'])(
    '%s, a name that merges use themselves, works or is refused by name',
    async (name) => {
      const config: PipelineConfig = {
        merge_strategy: 'incremental',
        unique_key: ['k'],
        partition_by: ['k'],
      };
      try {
        await table.run({ sql: `SELECT 1 AS k, 2 AS ${name}`, config });
        await table.run({ sql: `SELECT 1 AS k, 3 AS ${name}`, config });
      } catch (error) {
        if (!(error instanceof FailedRun)) throw error;
        expect(error.failure.message).toContain(name);
        expect(error.failure.code).toBe('config_error');
        return;
      }
      expect(await table.rows(`SELECT k, ${name} FROM t`)).toEqual([['1', '3']]);
    },
  );
});
