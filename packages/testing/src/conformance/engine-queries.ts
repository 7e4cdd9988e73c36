import { describe, expect, test } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StatementError } from '@rat/engine';
import { UNPARTITIONED } from '@rat/iceberg';
import type { PipelineConfig } from '@rat/contracts';
import { BEFORE, NEW_TABLE, RESULT, type EngineLab } from './engine-lab.ts';

/** How published tables are read and written again. */
export function testPublishedTables(lab: EngineLab): void {
  const { engine } = lab;

  describe('published tables', () => {
    test('a query names its tables before it is bound, and its answer has a limit', async () => {
      const target = lab.committed(NEW_TABLE, await lab.stage(BEFORE));
      const query = 'SELECT t.id FROM lab.silver.t, other.gold.x, y';
      expect(await engine.findTableNames(lab.statement(query))).toEqual(
        expect.arrayContaining([
          { catalog: 'lab', schema: 'silver', table: 't' },
          { catalog: 'other', schema: 'gold', table: 'x' },
          { catalog: undefined, schema: undefined, table: 'y' },
        ]),
      );
      const scan = engine.scan(lab.contentOf(target));
      const answer = await lab.ask(
        'SELECT id FROM lab.silver.t ORDER BY id',
        scan,
        target.files,
        1,
      );
      expect(answer).toMatchObject({ columns: [{ name: 'id' }], rows: [[1]], truncated: true });
      const change = lab.ask('DELETE FROM lab.silver.t', scan, target.files);
      await expect(change).rejects.toBeInstanceOf(StatementError);
    });

    test('the greatest value is a literal that the next statement can compare with', async () => {
      const target = lab.committed(
        NEW_TABLE,
        await lab.stage("SELECT DATE '2026-02-03' AS day, NULL::INT AS n"),
      );
      const content = lab.contentOf(target);
      const options = { ...lab.limits, stagingDir: lab.root };
      const literal = await engine.greatestValue({ content, column: 'day' }, options);
      const session = await lab.start();
      const compare = lab.statement(`SELECT 1 WHERE ${literal} = DATE '2026-02-03'`);
      expect(await session.run(compare)).toEqual({ rows: 1 });
      expect(await engine.greatestValue({ content, column: 'n' }, options)).toBeUndefined();
    });

    test('a rewrite makes fewer files with the same rows', async () => {
      const config: PipelineConfig = { merge_strategy: 'append_only' };
      let target = lab.committed(NEW_TABLE, await lab.stage(BEFORE, { config }));
      target = lab.committed(target, await lab.stage(RESULT, { config, target }));
      expect(target.files).toHaveLength(2);
      const stagingDir = join(lab.root, 'rewritten');
      await mkdir(stagingDir);
      const files = await engine.rewrite({
        content: lab.contentOf(target),
        spec: UNPARTITIONED,
        partition: {},
        stagingDir,
        targetFileMb: 16,
        ...lab.limits,
      });
      expect(files).toHaveLength(1);
      const rewritten = files.map((file) => ({ ...file, sequenceNumber: 9 }));
      expect(await lab.wordsOf({ ...target, files: rewritten })).toEqual(await lab.wordsOf(target));
    });
  });
}
