import { describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InterruptedError, StatementError } from '@rat/engine';
import { pathFromUri } from '@rat/storage';
import { BEFORE, NEW_TABLE, NO_INPUTS, type EngineLab } from './engine-lab.ts';

const ENDLESS =
  'SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 3';

/** How a session runs an author's statements and tests. */
export function testSessions(lab: EngineLab): void {
  const { engine } = lab;

  describe('a session', () => {
    test('a statement can read what an earlier one made', async () => {
      if (!engine.capabilities.manyStatements) return;
      const session = await lab.start();
      await session.run(lab.statement('CREATE TEMP TABLE made AS SELECT 7 AS n'));
      expect(await session.run(lab.statement('SELECT * FROM made'))).toEqual({ rows: 1 });
      const [lane] = await session.testLanes();
      const answer = await lane.query(lab.statement('SELECT n FROM made'), { limit: 5 });
      expect(answer).toMatchObject({ columns: ['n'], rows: [['7']], rowCount: 1 });
    });

    test('an author reads an input by its name, and no other file', async () => {
      const target = lab.committed(NEW_TABLE, await lab.stage(BEFORE));
      const secret = join(lab.root, 'secret.csv');
      await writeFile(secret, 'a\n1\n');
      const files = target.files.map(({ path }) => pathFromUri(path));
      const session = await lab.start({
        tables: { words: { sql: engine.scan(lab.contentOf(target)), files } },
        fileLists: {},
      });
      const read = `SELECT * FROM ${engine.inputRelation('words')}`;
      expect(await session.run(lab.statement(read))).toEqual({ rows: 2 });
      const steal = session.run(lab.statement(`SELECT * FROM read_csv('${secret}')`));
      await expect(steal).rejects.toBeInstanceOf(StatementError);
      await expect(steal).rejects.not.toThrow(lab.root);
    });

    test('an empty list of files is read as no rows of the columns that are known', async () => {
      if (!engine.capabilities.landingZones) return;
      const columns = [
        { name: 'id', type: 'BIGINT' },
        { name: 'word', type: 'VARCHAR' },
      ];
      const tables = engine.emptyInputs('none', columns);
      const session = await lab.start({ tables, fileLists: { none_files: [] } });
      const text = `SELECT count(*) AS n, max(word) AS word, sum(id) AS id FROM read_csv(getvariable('none_files')) WHERE id > 1`;
      const read = engine.readEmptyLists(lab.statement(text), { none_files: 'none' });
      expect(read.stillRead).toEqual([]);
      const [lane] = await session.testLanes();
      const answer = await lane.query(read.statement, { limit: 5 });
      expect(answer).toMatchObject({ rows: [['0', null, null]], rowCount: 1 });
    });

    test('a mistake in a statement has its place, and the session stays usable', async () => {
      const session = await lab.start();
      const failed = session.run(lab.statement('SELECT\n  nope'));
      await expect(failed).rejects.toMatchObject({
        name: 'StatementError',
        failure: { code: 'sql_error', line: 2, column: 3 },
      });
      expect(await session.run(lab.statement('SELECT 1'))).toEqual({ rows: 1 });
    });

    test('nothing that the author made stands for the table under test', async () => {
      if (!engine.capabilities.manyStatements) return;
      const target = lab.committed(NEW_TABLE, await lab.stage(BEFORE));
      const files = target.files.map(({ path }) => pathFromUri(path));
      const session = await lab.start({ ...NO_INPUTS, files });
      await session.run(
        lab.statement("CREATE TEMP TABLE words AS SELECT 9 AS id, 'forged' AS word"),
      );
      await session.showTested('words', engine.scan(lab.contentOf(target)));
      expect(await session.testedColumns('words')).toEqual(['id', 'word']);
      expect(await session.countRows(engine.scan(lab.contentOf(target)))).toBe(2);
      for (const lane of await session.testLanes()) {
        const test = `SELECT word FROM ${engine.testedRelation('words')} ORDER BY id`;
        const answer = await lane.query(lab.statement(test), { limit: 1 });
        expect(answer).toMatchObject({ rows: [['a']], rowCount: 2 });
      }
    });

    test('a test that takes longer than its time ends, and its lane stays usable', async () => {
      const session = await lab.start(NO_INPUTS, { lanes: 2 });
      const [lane] = await session.testLanes();
      const late = lane.query(lab.statement(ENDLESS), { limit: 1, timeoutMs: 300 });
      await expect(late).rejects.toMatchObject({ failure: { code: 'timed_out' } });
      const next = await lane.query(lab.statement('SELECT 1 AS n'), { limit: 1 });
      expect(next).toMatchObject({ rowCount: 1 });
    });

    test('a long statement reports its progress, and an interrupt ends it', async () => {
      if (!engine.capabilities.manyStatements) return;
      let reports = 0;
      const session = await lab.start(NO_INPUTS, {
        onProgress: () => {
          reports += 1;
          if (reports === 1) session.interrupt();
        },
      });
      await session.run(
        lab.statement('CREATE TEMP TABLE many AS SELECT range AS n FROM range(5000000)'),
      );
      // A scan: the progress of a join without keys is not known.
      const long = `SELECT max(${'md5('.repeat(8)}n::VARCHAR${')'.repeat(8)}) FROM many`;
      await expect(session.run(lab.statement(long))).rejects.toBeInstanceOf(InterruptedError);
      expect(reports).toBeGreaterThan(0);
      await expect(session.run(lab.statement('SELECT 1'))).rejects.toBeInstanceOf(InterruptedError);
    });
  });
}
