import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StatementError, type Statement } from '@rat/engine';
import { openSession, type Session } from './session.ts';
import { splitStatements } from '../sql/split-statements.ts';

let root: string;
let session: Session;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-notes-'));
  for (const folder of ['staging', 'temp']) await mkdir(join(root, folder));
  session = await openSession({
    inputs: { tables: {}, fileLists: {} },
    stagingDir: join(root, 'staging'),
    tempDir: join(root, 'temp'),
    memoryLimitMb: 256,
    tempLimitMb: 64,
    threads: 2,
    profiles: true,
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

test('each warning of DuckDB is returned once, for statements that run, fail or are described', async () => {
  const notes = (): unknown => session.takeNotes().warnings;
  const deprecated = expect.stringMatching(/^Deprecated lambda arrow/);
  await session.run(statement('create table l as select list_transform([1], x -> x + 1) as l'));
  expect(notes()).toEqual([deprecated]);
  expect(notes()).toEqual([]);
  await expect(
    session.run(statement(`select list_transform(['a'], x -> x::INTEGER) from l`)),
  ).rejects.toThrow(StatementError);
  expect(notes()).toEqual([deprecated]);
  await session.describe(statement('select list_transform(l, x -> x + 1) as l from l'));
  expect(notes()).toEqual([deprecated]);
  await session.run(statement('select 1'));
  expect(notes()).toEqual([]);
});

test('a statement cannot write to DuckDB’s log', async () => {
  const flood = `select count(write_log(repeat('x', 1000) || i, level := 'warning')) from range(100000) r(i)`;
  for (const sql of [
    'create macro disable_logging() as table select 1',
    'create macro truncate_duckdb_logs() as table select 1',
    `create macro duckdb_logs() as table select 'nothing' as message`,
    flood,
    `explain analyze ${flood}`,
    `pivot (select i % 3 as g, write_log('x' || i) as w from range(1000) r(i)) on g using count(w)`,
  ]) {
    await expect(session.run(statement(sql))).rejects.toThrow('not allowed');
  }
  expect(await session.execute('select count(*) from system.main.duckdb_logs()')).toEqual([['0']]);
});

test('a profiling session returns the profile of the author’s last statement only', async () => {
  const profile = (): string | undefined => session.takeNotes().profile;
  await session.run(statement('create temp table t as select i from range(1000) r(i)'));
  expect(profile()).toMatch(/^Profile: .*\n.*CREATE_TABLE_AS: .*\n(.*\n)*.*RANGE: 1000 rows/);
  await session.execute('select count(*) from t');
  expect(profile()).toBeUndefined();
  await session.writeParquet(statement('select i from t where i < 10'), {
    targetFileMb: 1,
    columns: [{ name: 'i', sourceName: 'i', castTo: 'BIGINT' }],
    fieldIdsClause: '{"i": 1}',
  });
  expect(profile()).toMatch(/COPY_TO_FILE(.*\n)*.*SEQ_SCAN/);
  // DuckDB writes no profile for a statement that profiles itself, and must not reuse an earlier
  // one.
  await session.run(statement('explain analyze select i from t'));
  expect(profile()).toBeUndefined();
  const { profile: ofQuery } = await session.query(statement('select i from t'), { limit: 1 });
  expect(ofQuery).toMatch(/^Profile: .*\n.*SEQ_SCAN/);
});

test('a preview that has not all rows has a profile too, and the count of the rest has none', async () => {
  const select = statement('select range as n from range(5000)');
  const { truncated } = await session.preview(select, { maxRows: 3, maxBytes: 1_000_000 });
  expect(truncated).toBe(true);
  expect(session.takeNotes().profile).toContain('RANGE');
  await session.countWithin(select, 60_000);
  expect(session.takeNotes().profile).toBeUndefined();
});
