import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { inputRelation } from './definition-gate.ts';
import { StatementError } from '@rat/engine';
import { openSession, type Session } from '../session/session.ts';
import { splitStatements } from '../sql/split-statements.ts';

let root: string;
let session: Session;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-sandbox-'));
  for (const folder of ['staging', 'temp', 'mine', 'other']) await mkdir(join(root, folder));
  await writeFile(join(root, 'secret.txt'), 'secret');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const file of ['mine/in.parquet', 'other/in.parquet']) {
    await connection.run(`COPY (SELECT 1 AS a) TO '${join(root, file)}'`);
  }
  connection.closeSync();
  instance.closeSync();
  await symlink(join(root, 'secret.txt'), join(root, 'mine', 'link.txt'));
  session = await openSession({
    inputs: {
      tables: { 'shop.bronze.raw': tableOf(join(root, 'mine/in.parquet')) },
      fileLists: { 'landing_zone:uploads': [join(root, 'mine/in.parquet')] },
    },
    stagingDir: join(root, 'staging'),
    tempDir: join(root, 'temp'),
    memoryLimitMb: 128,
    tempLimitMb: 128,
    threads: 1,
  });
});

afterAll(async () => {
  await session.close();
  await rm(root, { recursive: true, force: true });
});

function tableOf(file: string) {
  return { sql: `SELECT * FROM read_parquet(['${file}'])`, files: [file] };
}

async function failureOf(sql: string) {
  for (const statement of splitStatements(sql.replaceAll('$ROOT', root))) {
    try {
      await session.run(statement);
    } catch (error) {
      if (error instanceof StatementError) return error.failure;
      throw error;
    }
  }
  throw new Error('nothing was refused');
}

test.each(['\0FROM t', 'SELECT 1 AS a\0 WHERE false', "SELECT 'a\0b'", 'SELECT 1 -- \0\n + 1'])(
  'a statement with the character NUL is refused at that character, instead of running only its beginning: %j',
  async (sql) => {
    expect(await failureOf(sql)).toMatchObject({
      code: 'sql_error',
      message: expect.stringContaining('the character NUL is not allowed in SQL'),
      column: sql.indexOf('\0') + 1,
    });
  },
);

describe('an author cannot leave the sandbox', () => {
  test.each([
    ['read a system file', "from read_text('/etc/passwd')"],
    ['read a system file as bytes', "from read_blob('/etc/passwd')"],
    ['read it as CSV', "from read_csv('/etc/passwd')"],
    ['read it by its name alone', "from '/etc/passwd'"],
    ['sniff it', "from sniff_csv('/etc/passwd')"],
    ["read another pipeline's file", "from read_parquet('$ROOT/other/in.parquet')"],
    ['read its metadata', "from parquet_metadata('$ROOT/other/in.parquet')"],
    ['climb out of an allowed folder', "from read_text('$ROOT/staging/../secret.txt')"],
    ['follow a link beside an input', "from read_text('$ROOT/mine/link.txt')"],
    ['read a neighbour of an input', "from glob('$ROOT/mine/*')"],
    ['list the file system', "from glob('/**')"],
    ['reach the network', "from read_parquet('http://127.0.0.1:1/x')"],
    ['read the environment', "select getenv('HOME')"],
    ['write outside', "copy (select 1) to '$ROOT/out.csv'"],
    ['overwrite an input', "copy (select 1) to '$ROOT/mine/in.parquet' (use_tmp_file false)"],
    ['write into staging by itself', "copy (select 1) to '$ROOT/staging/x.csv'"],
    [
      'overwrite an input under EXPLAIN ANALYZE',
      "explain analyze copy (select 1) to '$ROOT/mine/in.parquet' (use_tmp_file false)",
    ],
    [
      'overwrite an input under EXPLAIN with options',
      "explain (analyze) copy (select 1) to '$ROOT/mine/in.parquet' (use_tmp_file false)",
    ],
    [
      'overwrite an input through a prepared statement',
      "prepare p as copy (select 1) to '$ROOT/mine/in.parquet' (use_tmp_file false)",
    ],
    ['execute a prepared statement', 'execute p'],
    ['hide a COPY behind a comment', "/* select */ copy (select 1) to '$ROOT/staging/x.csv'"],
    ['attach a database', "attach '$ROOT/x.db'"],
    ['attach one in memory', "attach ':memory:' as m"],
    ['install an extension', 'install httpfs'],
    ['load an extension', 'load httpfs'],
    ['load a library', "load '$ROOT/x.duckdb_extension'"],
    ['switch external access on', 'set enable_external_access = true'],
    ['unlock the configuration', 'set lock_configuration = false'],
    ['reset a limit', 'reset memory_limit'],
    ['raise a limit by PRAGMA', "pragma memory_limit='100GB'"],
    ['export the database', "export database '$ROOT/export'"],
    ['import a database', "import database '$ROOT/export'"],
    ['create a secret', "create secret s (type s3, key_id 'a', secret 'b')"],
    ['create one for good', 'create or replace persistent secret s (type s3)'],
    ['call a procedure', 'call enable_profiling()'],
    [
      'redirect a landing zone',
      "set variable \"landing_zone:uploads\" = ['/etc/passwd']; from read_text(getvariable('landing_zone:uploads'))",
    ],
    ['run a COPY from a query function', "from query('copy (select 1) to ''$ROOT/x.csv''')"],
    ['name a file as a table', "from query_table('/etc/passwd')"],
    ['hide a file behind a view', "create view v as from read_text('/etc/passwd')"],
    ['copy a database', 'copy from database memory to memory'],
    ['take the transaction', 'begin'],
  ])('an author cannot %s', async (_, sql) => {
    const failure = await failureOf(sql);
    expect(failure.code).toBe('sql_error');
    expect(failure.message).toMatch(/not allowed|Cannot access|does not exist|single SELECT/);
    expect(failure.message.split('\n\nLINE')[0]).not.toContain(root);
  });

  test('after all hostile statements, no file was written and the inputs are unchanged', async () => {
    expect(await readdir(join(root, 'staging'))).toEqual([]);
    expect((await readdir(root)).toSorted()).toEqual([
      'mine',
      'other',
      'secret.txt',
      'staging',
      'temp',
    ]);
    const [statement] = splitStatements(`select a from ${inputRelation('shop.bronze.raw')}`);
    if (!statement) throw new Error('no statement');
    expect(await session.query(statement, { limit: 5 })).toEqual({
      columns: ['a'],
      rows: [['1']],
      rowCount: 1,
    });
    expect(await readFile(join(root, 'secret.txt'), 'utf8')).toBe('secret');
  });
});

describe('an author can work in memory', () => {
  test.each([
    'create temp table t as from memory.rat_inputs."shop.bronze.raw"; insert into t values (2); update t set a = 3; delete from t',
    'create macro twice(x) as x * 2; select twice(2)',
    'create or replace view v2 as select 1 as b; alter view v2 rename to v3; drop view v3',
    "set variable x = 3; select getvariable('x'); reset variable x",
    'pivot (select 1 as k, 2 as v) on k using sum(v)',
    'explain select 1; explain analyze select 1; explain (format json) select 1',
    'describe select 1; show tables; summarize select 1',
    'with a as (select 1) from a; values (1); (select 1)',
  ])('an author may run %s', async (sql) => {
    for (const statement of splitStatements(sql)) await session.run(statement);
  });
});
