import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { bestOf } from '@rat/testing';
import { InterruptedError, StatementError, type SessionOptions, type Statement } from '@rat/engine';
import type { WrittenFile } from './parquet-copy.ts';
import { openSession, type Session } from './session.ts';
import { splitStatements } from '../sql/split-statements.ts';

let root: string;
let stagingDir: string;
const opened: Session[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-session-'));
  stagingDir = join(root, 'staging');
  await mkdir(stagingDir);
  await mkdir(join(root, 'temp'));
});

afterEach(async () => {
  for (const session of opened.splice(0)) await session.close();
  await rm(root, { recursive: true, force: true });
});

async function open(overrides: Partial<SessionOptions> = {}): Promise<Session> {
  const session = await openSession({
    inputs: { tables: {}, fileLists: {} },
    stagingDir,
    tempDir: join(root, 'temp'),
    memoryLimitMb: 256,
    tempLimitMb: 1_024,
    threads: 2,
    ...overrides,
  });
  opened.push(session);
  return session;
}

function statement(sql: string): Statement {
  const [first] = splitStatements(sql);
  if (!first) throw new Error('no statement');
  return first;
}

const fieldIds = (names: readonly string[]): string =>
  `{${names.map((name, i) => `"${name}": ${i + 1}`).join(', ')}}`;

/** Writes a result with primitive types unchanged, and shows it as the view `result`. */
async function write(session: Session, sql: string) {
  const described = await session.describe(statement(sql));
  const columns = described.map(({ name, type }) => ({
    name,
    sourceName: name,
    castTo: type.kind === 'primitive' ? type.name : 'VARCHAR',
  }));
  const files = await session.writeParquet(statement(sql), {
    targetFileMb: 1,
    columns,
    fieldIdsClause: fieldIds(columns.map(({ name }) => name)),
  });
  if (files.length > 0) await session.showView('result', readAll(files.map((f) => f.filename)));
  return files;
}

function readAll(files: readonly string[]): string {
  return `SELECT * FROM read_parquet([${files.map((file) => `'${file}'`).join(', ')}])`;
}

const rowsOf = (files: readonly WrittenFile[]): number =>
  files.reduce((sum, file) => sum + Number(file.count), 0);

async function rows(session: Session, sql: string) {
  return (await session.query(statement(sql), { limit: 10 })).rows;
}

async function failureOf(promise: Promise<unknown>) {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof StatementError) return error.failure;
  throw new Error('no StatementError', { cause: error });
}

describe('writeParquet', () => {
  test('writing Parquet returns each file with rows, bytes and statistics, all as text', async () => {
    const session = await open();
    const files = await write(session, "select i, 'x' || i as t from range(200000) r(i) -- end");
    expect(rowsOf(files)).toBe(200_000);
    const names = files.map((file) => relative(stagingDir, file.filename)).toSorted();
    expect(await readdir(stagingDir)).toEqual(names);
    for (const file of files) {
      expect(Number(file.fileSizeBytes)).toBeGreaterThan(0);
      expect(file.columnStatistics).toMatchObject({
        '"i"': { num_values: file.count, null_count: '0', min: expect.any(String) },
        '"t"': { column_size_bytes: expect.stringMatching(/^\d+$/) },
      });
    }
    expect(await rows(session, 'select count(*), sum(i) from result')).toEqual([
      ['200000', '19999900000'],
    ]);
  });

  test('writing Parquet casts, renames and adds columns, and sets their field ids', async () => {
    const session = await open();
    const files = await session.writeParquet(statement('select 1::hugeint as "A b"'), {
      targetFileMb: 1,
      columns: [
        { name: 'a b', sourceName: 'A b', castTo: 'DECIMAL(38,0)' },
        { name: 'st', castTo: 'STRUCT(x INTEGER)' },
      ],
      fieldIdsClause: '{"a b": 7, "st": {__duckdb_field_id: 8, "x": 9}}',
    });
    const schema = `select name, field_id from parquet_schema('${files[0]?.filename}') where field_id > 0`;
    expect(await rows(session, schema)).toEqual([
      ['a b', '7'],
      ['st', '8'],
      ['x', '9'],
    ]);
    expect(Object.keys(files[0]?.columnStatistics ?? {})).toEqual(['"a b"', '"st"."x"']);
    expect(await rows(session, readAll(files.map((file) => file.filename)))).toEqual([['1', null]]);
  });

  test('a result without rows leaves no file', async () => {
    const session = await open();
    expect(await write(session, 'select 1 as a, now() as b where false')).toEqual([]);
    expect(await write(session, 'select 1 as a where false order by a')).toEqual([]);
    expect(await readdir(stagingDir)).toEqual([]);
  });

  test('writing Parquet keeps the order of an ORDER BY', async () => {
    const session = await open();
    await write(
      session,
      'select hash(i) as h, sum(i) as s from range(1000000) r(i) group by i order by h desc',
    );
    expect(
      await rows(
        session,
        `select count(*) from (select h, lag(h) over (order by file_row_number) as p
         from read_parquet('${stagingDir}/part_0.parquet', file_row_number = true)) where h > p`,
      ),
    ).toEqual([['0']]);
  });

  test.each([
    ['select 1 as a, 2 as A', /two columns are called "A"/],
    ['create table t as select 1', /must be a SELECT/],
    ['explain select 1', /must be a SELECT/],
    ['select a from (values ($1)) t(a)', /no parameters/],
  ])('a last statement that is no valid query is refused: %s', async (sql, message) => {
    const session = await open();
    const failure = await failureOf(write(session, sql));
    expect(failure).toMatchObject({ code: 'sql_error', line: 1, column: 1 });
    expect(failure.message).toMatch(message);
    expect(await readdir(stagingDir)).toEqual([]);
  });

  test.each([
    'pivot (select i % 2 as k, i from range(4) r(i)) on k using count(*)',
    'describe select 1 as a',
    'with a as (select 1 as x) select * from a',
    'values (1)',
    'from range(3)',
  ])('every kind of query can be the last statement: %s', async (sql) => {
    const session = await open();
    expect(await write(session, sql)).toHaveLength(1);
  });

  test('a failure while writing has a position in the author’s text', async () => {
    const session = await open();
    const sql = "-- note\nselect 1 as a,\n  cast(x as int) as b from (values ('1'), ('z')) t(x)";
    const failure = await failureOf(write(session, sql));
    expect(failure).toMatchObject({ code: 'sql_error', line: 3, column: 3 });
    expect(failure.message).toContain("Could not convert string 'z' to INT32");
    expect(failure.message).toMatch(/LINE 3: {3}cast\(x as int\)[^\n]*\n {10}\^$/);
  });

  test('a result larger than the memory limit is written through the temp folder', async () => {
    const session = await open({ memoryLimitMb: 64, threads: 1 });
    const sql =
      'select i, md5(i::varchar) || md5((i + 1)::varchar) as v from range(1000000) r(i) order by hash(i)';
    expect(rowsOf(await write(session, sql))).toBe(1_000_000);
  });

  test('exceeding the memory limit fails with out_of_memory, exceeding the temp space with disk_full', async () => {
    const tight = await open({ memoryLimitMb: 64 });
    const greedy = 'select list(i) as l, list(i + 1) as m from range(20000000) r(i)';
    expect((await failureOf(write(tight, greedy))).code).toBe('out_of_memory');
    const small = await open({ memoryLimitMb: 64, tempLimitMb: 1 });
    const spilling = 'select i, md5(i::varchar) as v from range(3000000) r(i) order by v';
    expect((await failureOf(write(small, spilling))).code).toBe('disk_full');
  });
});

describe('describe', () => {
  test('every type is described as JSON, nested ones with their members', async () => {
    const session = await open();
    const sql = `select sum(i) as s, 1.50 as d, [1::hugeint] as l, [1, 2]::int[2] as arr,
        {'a': 1::utinyint, 'b c': '{}'::json} as st, map {'k': 1.5::float} as m,
        'a'::enum('a') as e, union_value(x := 1) as u, uuid() as id, timestamptz '2020-01-01' as tz,
        timestamp_ms '2020-01-01' as ms, ''::blob as bl, interval 1 day as iv
      from range(3) r(i)`;
    const primitive = (name: string) => ({ kind: 'primitive', name });
    const types = (await session.describe(statement(sql))).map(({ name, type }) => [name, type]);
    expect(Object.fromEntries(types)).toEqual({
      s: primitive('HUGEINT'),
      d: { kind: 'decimal', precision: 3, scale: 2 },
      l: { kind: 'list', element: primitive('HUGEINT') },
      arr: { kind: 'list', element: primitive('INTEGER') },
      st: {
        kind: 'struct',
        fields: [
          { name: 'a', type: primitive('UTINYINT') },
          { name: 'b c', type: primitive('JSON') },
        ],
      },
      m: { kind: 'map', key: primitive('VARCHAR'), value: primitive('FLOAT') },
      e: primitive('ENUM'),
      u: primitive('UNION'),
      id: primitive('UUID'),
      tz: primitive('TIMESTAMP WITH TIME ZONE'),
      ms: primitive('TIMESTAMP_MS'),
      bl: primitive('BLOB'),
      iv: primitive('INTERVAL'),
    });
  });

  test('an untyped NULL is distinguished from an INTEGER, without running the query', async () => {
    const session = await open();
    const sql = 'select null as "N", 1 as one, sum(i)::int as s from range(1000000000000) r(i)';
    expect((await session.describe(statement(sql))).map(({ type }) => type)).toEqual([
      { kind: 'primitive', name: 'SQLNULL' },
      { kind: 'primitive', name: 'INTEGER' },
      { kind: 'primitive', name: 'INTEGER' },
    ]);
  });
});

describe('inputs', () => {
  test('reading an empty landing zone is an author’s failure', async () => {
    const session = await open({ inputs: { tables: {}, fileLists: { zone: [] } } });
    const failure = await failureOf(rows(session, "from read_csv(getvariable('zone'))"));
    expect(failure).toMatchObject({ code: 'source_not_found' });
  });

  test('a vanished table file is a storage failure, and its path is not shown', async () => {
    const path = join(root, 'gone.parquet');
    const failure = await failureOf(
      open({
        inputs: { tables: { 'a.gold.b': { sql: readAll([path]), files: [path] } }, fileLists: {} },
      }),
    );
    expect(failure.code).toBe('storage_unavailable');
    expect(failure.message).not.toContain(root);
    expect(failure.message).toContain('gone.parquet');
  });

  test('an invalid Parquet file is refused without its path', async () => {
    const path = join(root, 'bad.parquet');
    await writeFile(path, 'PAR1xxxxxxxxPAR1');
    const failure = await failureOf(
      open({
        inputs: { tables: { 'a.gold.b': { sql: readAll([path]), files: [path] } }, fileLists: {} },
      }),
    );
    expect(failure.message).not.toContain(root);
  });
});

describe('run and query', () => {
  test('running a statement counts rows that are read, inserted or changed', async () => {
    const session = await open();
    const counts: number[] = [];
    const sql =
      'create table t as from range(5); insert into t values (7), (8); update t set range = 0; delete from t where range = 1; from t';
    for (const each of splitStatements(sql)) counts.push((await session.run(each)).rows);
    expect(counts).toEqual([5, 2, 7, 0, 7]);
  });

  test('a query counts all rows and keeps the first few', async () => {
    const session = await open();
    const result = await session.query(statement('select i, null as n from range(100000) r(i)'), {
      limit: 2,
    });
    expect(result).toEqual({
      columns: ['i', 'n'],
      rows: [
        ['0', null],
        ['1', null],
      ],
      rowCount: 100_000,
    });
  });

  test('the clock of a session is UTC in every time zone of the host', async () => {
    const session = await open();
    expect(
      await rows(session, "select cast(timestamptz '2020-01-01 12:00:00+02' as varchar)"),
    ).toEqual([['2020-01-01 10:00:00+00']]);
  });

  test('a query past its time limit ends, and the session stays usable', async () => {
    const session = await open();
    const endless = statement('select count(*) from range(3000000) a, range(3000000) b');
    const failure = await failureOf(session.query(endless, { limit: 1, timeoutMs: 100 }));
    expect(failure.code).toBe('timed_out');
    const streaming = statement('select * from range(3000000) a, range(3000000) b');
    expect((await failureOf(session.query(streaming, { limit: 1, timeoutMs: 100 }))).code).toBe(
      'timed_out',
    );
    expect(await rows(session, 'select 1')).toEqual([['1']]);
  });
});

describe('close', () => {
  // DuckDB crashes the process when a connection closes under a statement.
  test('closing a session ends the statements that still run, and waits for them', async () => {
    const session = await open({ lanes: 2 });
    const endless = statement('select count(*) from range(3000000) a, range(3000000) b');
    const ended: unknown[] = [];
    const note = (error: unknown): void => void ended.push(error);
    void session.run(endless).catch(note);
    void session.lanes[1]?.query(endless, { limit: 1 }).catch(note);
    await session.close();
    expect(ended).toEqual([expect.any(InterruptedError), expect.any(InterruptedError)]);
    await expect(session.run(statement('select 1'))).rejects.toBeInstanceOf(InterruptedError);
  });
});

describe('interrupt', () => {
  test.each([
    ['an endless join', 'select count(*) from range(3000000) a, range(3000000) b'],
    ['an endless result', 'select a.range + b.range from range(3000000) a, range(3000000) b'],
    ['an endless sort', 'select * from range(2000000000) a order by hash(range)'],
  ])('an interrupt ends %s within a second, and no statement runs after it', async (_, sql) => {
    const took = await bestOf({ times: 3, enough: 1_000 }, async () => {
      const session = await open();
      let interruptedAt = 0;
      const running = session.run(statement(sql));
      // The query cannot end by itself, so the time of the interrupt does not matter.
      setTimeout(() => {
        interruptedAt = performance.now();
        session.interrupt();
      }, 100);
      await expect(running).rejects.toBeInstanceOf(InterruptedError);
      const ms = performance.now() - interruptedAt;
      await expect(session.run(statement('select 1'))).rejects.toMatchObject({
        name: 'AbortError',
      });
      return ms;
    });
    expect(took).toBeLessThan(1_000);
  });

  test('an interrupt ends the writing of Parquet', async () => {
    const session = await open();
    const writing = session.writeParquet(
      statement('select a.range from range(3000000) a, range(3000000) b'),
      {
        targetFileMb: 1,
        columns: [{ name: 'range', sourceName: 'range', castTo: 'BIGINT' }],
        fieldIdsClause: fieldIds(['range']),
      },
    );
    setTimeout(() => session.interrupt(), 100);
    await expect(writing).rejects.toBeInstanceOf(InterruptedError);
  });
});
