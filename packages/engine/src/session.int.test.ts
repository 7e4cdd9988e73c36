import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError, StatementError } from './errors.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';
import { splitStatements, type Statement } from './split-statements.ts';

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
  for (const session of opened.splice(0)) session.close();
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

/** Writes a result and shows it as the view `result`. */
async function write(session: Session, sql: string) {
  const written = await session.writeParquet(statement(sql), { targetFileMb: 1 });
  await session.showFiles(
    'result',
    written.files.map((file) => join(stagingDir, file.path)),
  );
  return written;
}

async function rows(session: Session, sql: string) {
  return (await session.query(statement(sql), { limit: 10 })).rows;
}

async function failureOf(promise: Promise<unknown>) {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof StatementError) return error.failure;
  throw new Error('no StatementError', { cause: error });
}

describe('writeParquet', () => {
  test('answers files with rows and bytes, and the columns', async () => {
    const session = await open();
    const written = await write(session, "select i, 'x' || i as t from range(200000) r(i) -- end");
    expect(written.rows).toBe(200_000);
    expect(written.columns).toEqual([
      { name: 'i', type: 'BIGINT' },
      { name: 't', type: 'VARCHAR' },
    ]);
    const paths = written.files.map((file) => file.path).toSorted();
    expect(await readdir(stagingDir)).toEqual(paths);
    expect(written.bytes).toBeGreaterThan(0);
    expect(await rows(session, 'select count(*), sum(i) from result')).toEqual([
      ['200000', '19999900000'],
    ]);
  });

  test('a result without rows leaves a file that shows its columns', async () => {
    const session = await open();
    const written = await write(session, 'select 1 as a, now() as b where false');
    expect(written).toMatchObject({ rows: 0, files: [{ rows: 0 }] });
    expect(await session.query(statement('from result'), { limit: 1 })).toEqual({
      columns: ['a', 'b'],
      rows: [],
      rowCount: 0,
    });
  });

  test('the order of an ORDER BY is kept', async () => {
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

  test('no type loses a digit: sums are decimals, JSON and ENUM are text', async () => {
    const session = await open();
    const written = await write(
      session,
      `select sum(i) as s, 12345678901234567890123456789012345678::hugeint as h, [1::hugeint] as l,
         {'a': 1::hugeint, 'b': 'x'} as st, map {'k': 1::hugeint} as m, '{}'::json as j,
         'a'::enum('a') as e, '101'::bit as b, uuid() as u,
         timestamp_ms '2020-01-01 00:00:00' as ts
       from range(3) r(i)`,
    );
    expect(written.columns.map((column) => column.type)).toEqual([
      'DECIMAL(38,0)',
      'DECIMAL(38,0)',
      'DECIMAL(38,0)[]',
      'STRUCT("a" DECIMAL(38,0), "b" VARCHAR)',
      'MAP(VARCHAR, DECIMAL(38,0))',
      'VARCHAR',
      'VARCHAR',
      'VARCHAR',
      'UUID',
      'TIMESTAMP',
    ]);
    expect(
      await rows(session, 'select s, h, l, m, j, e, b, typeof(j), typeof(ts) from result'),
    ).toEqual([
      [
        '3',
        '12345678901234567890123456789012345678',
        '[1]',
        "{'k': 1}",
        '{}',
        'a',
        '101',
        'VARCHAR',
        'TIMESTAMP',
      ],
    ]);
  });

  test.each([
    ['select 1 as a, interval 1 day as b', /column "b": a table cannot hold INTERVAL/],
    ['select union_value(x := 1) as u', /column "u": a table cannot hold UNION/],
    ['select 1 as a, 2 as A', /two columns are called "A"/],
    ['create table t as select 1', /must be a SELECT/],
    ['explain select 1', /must be a SELECT/],
  ])('what is no table is refused: %s', async (sql, message) => {
    const session = await open();
    const failure = await failureOf(write(session, sql));
    expect(failure).toMatchObject({ code: 'sql_error', line: 1, column: 1 });
    expect(failure.message).toMatch(message);
    expect(await readdir(stagingDir)).toEqual([]);
  });

  test.each([
    'pivot (select i % 2 as k, i from range(4) r(i)) on k using count(*)',
    'show tables',
    'with a as (select 1 as x) select * from a',
    'values (1)',
    'from range(3)',
  ])('every kind of query can be the last: %s', async (sql) => {
    const session = await open();
    expect((await write(session, sql)).files).toHaveLength(1);
  });

  test('a failure while writing points into the author’s text', async () => {
    const session = await open();
    const sql = "-- note\nselect 1 as a,\n  cast(x as int) as b from (values ('1'), ('z')) t(x)";
    const failure = await failureOf(write(session, sql));
    expect(failure).toMatchObject({ code: 'sql_error', line: 3, column: 3 });
    expect(failure.message).toContain("Could not convert string 'z' to INT32");
    expect(failure.message).toMatch(/LINE 3: {3}cast\(x as int\)[^\n]*\n {10}\^$/);
  });

  test('a result larger than the memory limit is written by way of the temp folder', async () => {
    const session = await open({ memoryLimitMb: 64, threads: 1 });
    const sql =
      'select i, md5(i::varchar) || md5((i + 1)::varchar) as v from range(1000000) r(i) order by hash(i)';
    expect(await write(session, sql)).toMatchObject({ rows: 1_000_000 });
  });

  test('more memory than allowed is out_of_memory, more temp space disk_full', async () => {
    const tight = await open({ memoryLimitMb: 64 });
    const greedy = 'select list(i), list(i + 1) from range(20000000) r(i)';
    expect((await failureOf(write(tight, greedy))).code).toBe('out_of_memory');
    const small = await open({ memoryLimitMb: 64, tempLimitMb: 1 });
    const spilling = 'select i, md5(i::varchar) as v from range(3000000) r(i) order by v';
    expect((await failureOf(write(small, spilling))).code).toBe('disk_full');
  });
});

describe('inputs', () => {
  test('an empty landing zone and a table without files are the author’s to know', async () => {
    const session = await open({ inputs: { tables: {}, fileLists: { zone: [] } } });
    const failure = await failureOf(rows(session, "from read_csv(getvariable('zone'))"));
    expect(failure).toMatchObject({ code: 'source_not_found' });
    const none = open({ inputs: { tables: { 'a.gold.b': [] }, fileLists: {} } });
    expect(await failureOf(none)).toMatchObject({ code: 'source_not_found' });
  });

  test('a file that vanished is the world’s, and its path stays here', async () => {
    const path = join(root, 'gone.parquet');
    const failure = await failureOf(
      open({ inputs: { tables: { 'a.gold.b': [path] }, fileLists: {} } }),
    );
    expect(failure.code).toBe('storage_unavailable');
    expect(failure.message).not.toContain(root);
    expect(failure.message).toContain('gone.parquet');
  });

  test('a file that is no Parquet is refused without its path', async () => {
    const path = join(root, 'bad.parquet');
    await writeFile(path, 'PAR1xxxxxxxxPAR1');
    const failure = await failureOf(
      open({ inputs: { tables: { 'a.gold.b': [path] }, fileLists: {} } }),
    );
    expect(failure.message).not.toContain(root);
  });
});

describe('run and query', () => {
  test('rows are counted: read, inserted, changed', async () => {
    const session = await open();
    const counts: number[] = [];
    const sql =
      'create table t as from range(5); insert into t values (7), (8); update t set range = 0; delete from t where range = 1; from t';
    for (const each of splitStatements(sql)) counts.push((await session.run(each)).rows);
    expect(counts).toEqual([5, 2, 7, 0, 7]);
  });

  test('a query counts all rows and keeps few', async () => {
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

  test('the clock of a session is UTC wherever the host stands', async () => {
    const session = await open();
    expect(
      await rows(session, "select cast(timestamptz '2020-01-01 12:00:00+02' as varchar)"),
    ).toEqual([['2020-01-01 10:00:00+00']]);
  });

  test('a query past its time ends, and the session goes on', async () => {
    const session = await open();
    const endless = statement('select count(*) from range(2000000000) a, range(2000000000) b');
    const failure = await failureOf(session.query(endless, { limit: 1, timeoutMs: 100 }));
    expect(failure.code).toBe('timed_out');
    const streaming = statement('select * from range(2000000000) a, range(2000000000) b');
    expect((await failureOf(session.query(streaming, { limit: 1, timeoutMs: 100 }))).code).toBe(
      'timed_out',
    );
    expect(await rows(session, 'select 1')).toEqual([['1']]);
  });
});

describe('interrupt', () => {
  test.each([
    ['an endless join', 'select count(*) from range(2000000000) a, range(2000000000) b'],
    ['an endless result', 'select a.range + b.range from range(2000000000) a, range(2000000000) b'],
    ['an endless sort', 'select * from range(2000000000) a order by hash(range)'],
  ])('%s ends within a second, and nothing runs after it', async (_, sql) => {
    const session = await open();
    let interruptedAt = 0;
    const running = session.run(statement(sql));
    // The query cannot end by itself, so the moment does not matter.
    setTimeout(() => {
      interruptedAt = performance.now();
      session.interrupt();
    }, 100);
    await expect(running).rejects.toBeInstanceOf(InterruptedError);
    expect(performance.now() - interruptedAt).toBeLessThan(1_000);
    await expect(session.run(statement('select 1'))).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('while writing, too', async () => {
    const session = await open();
    const writing = session.writeParquet(
      statement('select a.range from range(2000000000) a, range(2000000000) b'),
      { targetFileMb: 1 },
    );
    setTimeout(() => session.interrupt(), 100);
    await expect(writing).rejects.toBeInstanceOf(InterruptedError);
  });
});
