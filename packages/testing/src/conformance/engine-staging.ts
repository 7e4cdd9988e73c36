import { describe, expect, test } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MERGE_STRATEGIES, STRATEGIES, type MergeStrategy } from '@rat/domain';
import { ConfigError } from '@rat/engine';
import { SchemaConflictError } from '@rat/iceberg';
import type { PipelineConfig } from '@rat/contracts';
import { BEFORE, NEW_TABLE, RESULT, type EngineLab } from './engine-lab.ts';

/** The rows after each strategy merged `RESULT` into `BEFORE`. */
const MERGED: Partial<Record<MergeStrategy, string[]>> = {
  full_refresh: ['2 new', '3 c'],
  append_only: ['1 a', '2 b', '2 new', '3 c'],
  incremental: ['1 a', '2 new', '3 c'],
  delete_insert: ['1 a', '2 new', '3 c'],
  snapshot: ['1 a', '2 new', '3 c'],
  scd2: ['1 a', '2 b', '2 new', '3 c'],
};

/** A configuration with all that the strategy needs. */
function configOf(strategy: MergeStrategy): PipelineConfig {
  const keys = STRATEGIES[strategy].needs.map((setting) => [setting, 'id']);
  return { merge_strategy: strategy, ...Object.fromEntries(keys) };
}

/** How a result becomes a change of a table. */
export function testStaging(lab: EngineLab): void {
  const { engine } = lab;

  describe('staging', () => {
    test.each(MERGE_STRATEGIES)('%s merges a result into the rows of a table', async (strategy) => {
      const rows = MERGED[strategy];
      if (rows === undefined) throw new Error(`add the rows after ${strategy} to this suite`);
      const options = { config: configOf(strategy) };
      const first = await lab.stage(BEFORE, options);
      expect(first).toMatchObject({ rows: 2, resultRows: 2, rowsDeleted: 0 });
      const target = lab.committed(NEW_TABLE, first);
      const second = await lab.stage(RESULT, { ...options, target });
      expect(second.schema.fields.map(({ id }) => id)).toEqual(
        first.schema.fields.map(({ id }) => id),
      );
      const scan = engine.scanStaged(target, second);
      const after = lab.committed(target, second);
      const shown = await lab.ask(
        'SELECT id, word FROM silver.t ORDER BY id, word',
        scan,
        after.files,
      );
      expect(shown.rows.map((row) => row.join(' '))).toEqual(rows);
      expect(await lab.wordsOf(after)).toEqual(rows);
      expect(await lab.wordsOf(target)).toEqual(['1 a', '2 b']);
    });

    test('the same result twice changes no row of a strategy that compares', async () => {
      const options = { config: { merge_strategy: 'incremental', unique_key: 'id' } } as const;
      const target = lab.committed(NEW_TABLE, await lab.stage(BEFORE, options));
      expect(await lab.stage(BEFORE, { ...options, target })).toMatchObject({
        rows: 0,
        resultRows: 2,
        rowsDeleted: 0,
        removed: [],
      });
    });

    test('a result without rows has the columns, and stages no row', async () => {
      const staged = await lab.stage('SELECT 1 AS id WHERE false');
      expect(staged).toMatchObject({ rows: 0, bytes: 0, columns: [{ name: 'id' }] });
    });

    test('a result that does not fit the table is refused before a row is written', async () => {
      const target = lab.committed(NEW_TABLE, await lab.stage(BEFORE));
      const append: PipelineConfig = { merge_strategy: 'append_only' };
      await expect(
        lab.stage('SELECT [1] AS id', { config: append, target }),
      ).rejects.toBeInstanceOf(SchemaConflictError);
      const config: PipelineConfig = { merge_strategy: 'incremental', unique_key: 'nope' };
      await expect(lab.stage(BEFORE, { config })).rejects.toBeInstanceOf(ConfigError);
      for (const name of await readdir(lab.root)) {
        if (name.startsWith('staging_') && name !== 'staging_1') {
          expect(await readdir(join(lab.root, name))).toEqual([]);
        }
      }
    });

    test('each column is reported with a name of its type that the engine itself reads', async () => {
      const staged = await lab.stage('SELECT 1 AS n, 2.50 AS price, true AS ok, [1] AS list');
      const session = await lab.start();
      for (const [index, { type }] of staged.columns.entries()) {
        const field = staged.schema.fields[index];
        expect(field && engine.typeName(field.type)).toBe(type);
        await session.run(lab.statement(`SELECT CAST(NULL AS ${type})`));
      }
    });
  });
}
