import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatementError, type Statement } from '@rat/engine';
import { openSession, type Session } from './session.ts';
import { splitStatements } from '../sql/split-statements.ts';

const ENDLESS = 'SELECT a.range AS n FROM range(9000000000) a, range(9000000000) b';

let root: string;
let session: Session;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-unsaved-'));
  for (const folder of ['staging', 'temp']) await mkdir(join(root, folder));
  session = await openSession({
    inputs: { tables: {}, fileLists: {} },
    stagingDir: join(root, 'staging'),
    tempDir: join(root, 'temp'),
    memoryLimitMb: 256,
    tempLimitMb: 64,
    threads: 2,
  });
});

afterEach(async () => {
  await session.close();
  await rm(root, { recursive: true, force: true });
});

function statement(sql: string): Statement {
  const [first] = splitStatements(sql);
  if (!first) throw new Error('no statement');
  return first;
}

async function failureOf(work: Promise<unknown>): Promise<StatementError['failure']> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof StatementError) return error.failure;
  throw new Error('it did not fail', { cause: error });
}

describe('an outlined statement', () => {
  test('makes its table with its columns, and reads no row', async () => {
    await session.outline(statement(`CREATE TEMP TABLE t AS ${ENDLESS}`));
    await session.outline(statement(`INSERT INTO t ${ENDLESS}`));
    await session.outline(statement('CREATE VIEW v AS SELECT n + 1 AS m FROM t'));
    await session.outline(statement('CREATE TABLE u (a INTEGER DEFAULT 7, b VARCHAR)'));
    await session.outline(statement('SET VARIABLE greatest = (SELECT max(n) FROM t)'));
    expect(await session.shownColumns(statement('SELECT m, a, b FROM v, u'))).toEqual([
      { name: 'm', type: 'BIGINT' },
      { name: 'a', type: 'INTEGER' },
      { name: 'b', type: 'VARCHAR' },
    ]);
    expect(await session.execute('SELECT count(*) FROM t')).toEqual([['0']]);
  });

  test('is refused by the same gate as one that runs', async () => {
    for (const sql of [
      `COPY (SELECT 1) TO '${root}/stolen.csv'`,
      'CREATE TABLE t AS SELECT * FROM duckdb_settings()',
      'CREATE MACRO sum(x) AS x',
    ]) {
      expect((await failureOf(session.outline(statement(sql)))).message).toContain('not allowed');
    }
  });
});

describe('a parsed statement', () => {
  test('is bound to nothing, so a table that is not there is no mistake', async () => {
    expect(await session.parse(statement('SELECT nope FROM nowhere'))).toEqual({
      dependsOnRows: false,
    });
  });

  test('whose columns depend on rows is marked so', async () => {
    const pivot = statement('PIVOT nowhere ON name USING sum(n)');
    expect(await session.parse(pivot)).toEqual({ dependsOnRows: true });
  });

  test('that is no SQL has the place of its mistake', async () => {
    const failure = await failureOf(session.parse(statement('SELECT 1\nFORM x y')));
    expect(failure).toMatchObject({ code: 'sql_error', line: 2 });
  });
});

describe('a preview', () => {
  const limits = { maxRows: 3, maxBytes: 1_000_000 };

  test('computes only the rows that it answers, in the order of the query', async () => {
    const long = statement('SELECT range AS n FROM range(90000000000) WHERE range % 2 = 1');
    expect(await session.preview(long, limits)).toMatchObject({ truncated: true });
    const ordered = statement('SELECT range AS n FROM range(5000) ORDER BY n DESC');
    expect(await session.preview(ordered, limits)).toEqual({
      columns: [{ name: 'n', type: 'BIGINT' }],
      rows: [['4999'], ['4998'], ['4997']],
      truncated: true,
    });
    const few = await session.preview(statement('SELECT 1 AS a'), limits);
    expect(few).toMatchObject({ rows: [[1]], truncated: false });
  });

  test('whose further rows have a value that fails is not counted, and is no failure', async () => {
    const late = statement('SELECT n FROM range(5000) r(n) WHERE CAST(n + 1 AS TINYINT) % 2 < 5');
    const first = await session.preview(statement('SELECT 1 AS a'), limits);
    expect(first.truncated).toBe(false);
    expect(await session.countWithin(late, 60_000)).toBeUndefined();
    expect(await session.countWithin(statement('SELECT 1 AS a -- one'), 60_000)).toBe(1);
  });

  test('is counted without its order, whose time a count does not need', async () => {
    // An order that is computed fails.
    const ordered = statement(`SELECT n FROM range(5000) r(n) ORDER BY CAST('x' || n AS INTEGER)`);
    await expect(session.preview(ordered, limits)).rejects.toBeInstanceOf(StatementError);
    expect(await session.countWithin(ordered, 60_000)).toBe(5_000);
    const first = statement('SELECT n FROM range(5000) r(n) ORDER BY n LIMIT 7');
    expect(await session.countWithin(first, 60_000)).toBe(7);
  });

  test('has the place of a mistake, when it binds and when it runs', async () => {
    expect(await failureOf(session.preview(statement('SELECT\n  nope'), limits))).toMatchObject({
      line: 2,
      column: 3,
    });
    const late = statement(`SELECT\n CAST(n AS TINYINT) AS n FROM range(1000) r(n) WHERE n > 900`);
    expect(await failureOf(session.preview(late, limits))).toMatchObject({ code: 'sql_error' });
  });

  test('refuses what a run would refuse', async () => {
    for (const sql of ['SELECT 1 AS a, 2 AS A', 'CREATE TABLE t AS SELECT 1', 'SELECT $1 AS a']) {
      expect(await failureOf(session.preview(statement(sql), limits))).toMatchObject({
        code: 'sql_error',
      });
    }
  });
});

describe('a comparison', () => {
  const sampled = { sample: 10, maxBytes: 1_000_000 };
  const values = (rows: string, columns = 'id, name'): string =>
    `SELECT * FROM (VALUES ${rows}) t(${columns})`;

  test('by key counts gained, lost and changed rows; NULL is a key like any other', async () => {
    const before = values("(1, 'a'), (2, 'b'), (NULL, 'n'), (4, 'd')");
    const after = values("(1, 'a'), (2, 'B'), (NULL, 'm'), (5, 'e'), (5, 'f')");
    expect(await session.compare({ before, after, keys: ['ID'], ...sampled })).toMatchObject({
      gained: 2,
      lost: 1,
      changed: 2,
      columns: ['id', 'name'],
      samples: {
        lost: [[4, 'd']],
        changed: expect.arrayContaining([{ before: [2, 'b'], after: [2, 'B'] }]),
      },
    });
  });

  test('without a key compares whole rows, and counts each of several equal ones', async () => {
    const before = values("(1, 'a'), (1, 'a'), (2, 'b')");
    const after = values("(1, 'a'), (3, 'c')");
    expect(await session.compare({ before, after, keys: [], ...sampled })).toMatchObject({
      gained: 1,
      lost: 2,
      changed: undefined,
      samples: { gained: [[3, 'c']] },
    });
  });

  test.each([
    ['by key', ['id'], { gained: 1, lost: 1, changed: 1 }],
    ['without a key', [], { gained: 2, lost: 2, changed: undefined }],
  ])('%s compares columns of two types by their text', async (_, keys, counts) => {
    const before = values("(1, 7::INTEGER, 'a'), (2, 7, 'b'), (3, 8, 'c')", 'id, n, name');
    const after = values("('1', 7::BIGINT, 'a'), ('2', 9, 'b'), ('x', 8, 'c')", 'id, n, name');
    const found = await session.compare({ before, after, keys, ...sampled });
    expect(found).toMatchObject({ ...counts, columns: ['id', 'n', 'name'] });
    expect(found.samples.lost).toContainEqual(['3', '8', 'c']);
    const parts = values("(1, {'a': 7}, 'a')", 'id, n, name');
    const other = await session.compare({ before, after: parts, keys, ...sampled });
    expect(other.samples.lost).toContainEqual([3, '8', 'c']);
  });

  test('ignores the columns that only one version has', async () => {
    const before = values("(1, 'a')");
    const after = values("(1, 'a', true)", 'id, name, fresh');
    const found = await session.compare({ before, after, keys: ['id'], ...sampled });
    expect(found).toMatchObject({ gained: 0, lost: 0, changed: 0, columns: ['id', 'name'] });
  });
});
