import { describe, expect, test } from '@jest/globals';
import { StatementError } from '@rat/engine';
import { pathFromUri } from '@rat/storage';
import { BEFORE, NEW_TABLE, NO_INPUTS, RESULT, type EngineLab } from './engine-lab.ts';

const TEN_ROWS = Array.from({ length: 10 }, (_, digit) => `(${digit})`).join(', ');

/** How a session checks and previews the SQL of a pipeline that is not stored. */
export function testUnsavedSql(lab: EngineLab): void {
  const { engine } = lab;

  describe('SQL that is not stored', () => {
    test('is refused by its syntax before anything is bound', async () => {
      const session = await lab.start();
      const failed = session.parse(lab.statement('SELEC 1'));
      await expect(failed).rejects.toBeInstanceOf(StatementError);
      const parsed = await session.parse(lab.statement('SELECT a FROM nowhere'));
      expect(parsed).toEqual({ dependsOnRows: false });
    });

    test('has its columns without being run, and an outlined table has no rows', async () => {
      const session = await lab.start();
      expect(await session.columnsOf(lab.statement(BEFORE))).toMatchObject([
        { name: 'id' },
        { name: 'word' },
      ]);
      if (!engine.capabilities.manyStatements) return;
      await session.outline(lab.statement(`CREATE TEMP TABLE made AS ${BEFORE}`));
      expect(await session.run(lab.statement('SELECT * FROM made'))).toEqual({ rows: 0 });
    });

    test('answers its first rows, and whether there are more', async () => {
      const session = await lab.start();
      const select = lab.statement(`${BEFORE} ORDER BY id`);
      const limits = { maxRows: 1, maxBytes: 10_000 };
      expect(await session.preview(select, limits)).toMatchObject({
        rows: [[1, 'a']],
        truncated: true,
      });
      const all = await session.preview(select, { ...limits, maxRows: 2 });
      expect(all).toMatchObject({ truncated: false });
      expect(all.rows).toHaveLength(2);
    });

    test('is counted within a time, and the session stays usable when that is over', async () => {
      const session = await lab.start();
      const limits = { maxRows: 1, maxBytes: 10_000 };
      const select = lab.statement(BEFORE);
      await session.preview(select, limits);
      expect(await session.countWithin(select, 60_000)).toBe(2);
      const digits = Array.from({ length: 13 }, (_, i) => `(VALUES ${TEN_ROWS}) t${i}(n${i})`);
      const endless = lab.statement(`SELECT * FROM ${digits.join(', ')} WHERE n0 + n12 > 1`);
      await session.preview(endless, limits);
      expect(await session.countWithin(endless, 1)).toBeUndefined();
      expect(await session.countWithin(select, 60_000)).toBe(2);
    });

    test('a test binds to the table that it tests', async () => {
      const target = lab.committed(NEW_TABLE, await lab.stage(BEFORE));
      const files = target.files.map(({ path }) => pathFromUri(path));
      const session = await lab.start({ ...NO_INPUTS, files });
      await session.showTested('words', engine.scan(lab.contentOf(target)));
      const relation = engine.testedRelation('words');
      await session.bindTest(lab.statement(`SELECT word FROM ${relation}`));
      const failed = session.bindTest(lab.statement(`SELECT nope FROM ${relation}`));
      await expect(failed).rejects.toBeInstanceOf(StatementError);
    });

    test('two versions of a table differ by key in gained, lost and changed rows', async () => {
      const before = lab.committed(NEW_TABLE, await lab.stage(BEFORE));
      const after = lab.committed(NEW_TABLE, await lab.stage(RESULT));
      const files = [...before.files, ...after.files].map(({ path }) => pathFromUri(path));
      const session = await lab.start({ ...NO_INPUTS, files });
      const scans = {
        before: engine.scan(lab.contentOf(before)),
        after: engine.scan(lab.contentOf(after)),
        sample: 5,
        maxBytes: 10_000,
      };
      expect(await session.compare({ ...scans, keys: ['id'] })).toMatchObject({
        gained: 1,
        lost: 1,
        changed: 1,
        samples: { changed: [{ before: [2, 'b'], after: [2, 'new'] }] },
      });
      expect(await session.compare({ ...scans, keys: [] })).toMatchObject({ gained: 2, lost: 2 });
    });
  });
}
