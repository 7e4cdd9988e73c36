import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeConfig, type PipelineConfig } from '@rat/contracts';
import type { StagedFiles, Statement } from '@rat/engine';
import { UNPARTITIONED, type LiveFile, type Schema } from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';
import { splitStatements } from '../sql/split-statements.ts';
import { openSession, type Session } from '../session/session.ts';
import { tableScanSql } from '../table-sql/table-scan-sql.ts';
import { stageResult } from './stage-result.ts';

let root: string;
/** The files of all results so far. Each write is a snapshot of its own. */
let files: LiveFile[];
let table: { schema: Schema; lastColumnId: number } | undefined;
let writes = 0;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "rat write's-"));
  files = [];
  table = undefined;
  await mkdir(join(root, 'temp'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function inSession<T>(
  stagingDir: string,
  inputFiles: string[],
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession({
    inputs: { tables: {}, fileLists: { all: inputFiles } },
    stagingDir,
    tempDir: join(root, 'temp'),
    memoryLimitMb: 128,
    tempLimitMb: 128,
    threads: 1,
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function statement(sql: string): Statement {
  const [first] = splitStatements(sql);
  if (!first) throw new Error('no statement');
  return first;
}

/** Writes a result into the table, as an append does. */
async function write(sql: string, config: PipelineConfig = {}): Promise<StagedFiles> {
  const stagingDir = join(root, `staging_${++writes}`);
  await mkdir(stagingDir);
  const change = {
    merge: mergeConfig(config),
    target: {
      lastColumnId: 0,
      ...table,
      specs: table === undefined ? [] : [UNPARTITIONED],
      lastPartitionId: 999,
      files: [],
      deletes: [],
    },
    runStartedAt: '2026-07-01T10:00:00.000Z',
    targetFileMb: 16,
  };
  const staged = await inSession(stagingDir, [], (session) =>
    stageResult(session, statement(sql), change),
  );
  // The child also sends the result to the runner as JSON.
  const { schema, lastColumnId, ...rest } = JSON.parse(JSON.stringify(staged)) as StagedFiles;
  table = { schema, lastColumnId };
  files.push(...rest.files.map((file) => ({ ...file, sequenceNumber: writes })));
  return staged;
}

/** The rows that readers of the table get. */
async function read(sql: string): Promise<(string | null)[][]> {
  if (!table) throw new Error('no table');
  const view = tableScanSql({ schema: table.schema, files });
  const paths = files.map((file) => pathFromUri(file.path));
  return inSession(root, paths, async (session) => {
    await session.showView('result', view);
    return (await session.query(statement(sql), { limit: 10 })).rows;
  });
}

const types = (staged: StagedFiles): string[] => staged.columns.map(({ type }) => type);
const ids = (staged: StagedFiles): number[] => staged.schema.fields.map(({ id }) => id);

describe('a value of every type is read as it was written', () => {
  test.each([
    ['sum(i)', 'DECIMAL(38,0)', '3'],
    [
      "'12345678901234567890123456789012345678'::hugeint",
      'DECIMAL(38,0)',
      `${'1234567890'.repeat(3)}12345678`,
    ],
    ['18446744073709551615::ubigint', 'DECIMAL(20,0)', '18446744073709551615'],
    ['4294967295::uinteger', 'BIGINT', '4294967295'],
    ['255::utinyint', 'INTEGER', '255'],
    ['-0.05::decimal(9,2)', 'DECIMAL(9,2)', '-0.05'],
    [
      "'12345678901234567890.123456789'::decimal(38,9)",
      'DECIMAL(38,9)',
      '12345678901234567890.123456789',
    ],
    ["timestamp '1969-12-31 23:59:59.999999'", 'TIMESTAMP', '1969-12-31 23:59:59.999999'],
    ["timestamp_ms '2020-01-01 00:00:00.125'", 'TIMESTAMP', '2020-01-01 00:00:00.125'],
    ["timestamptz '2020-01-01 12:00:00+02'", 'TIMESTAMP WITH TIME ZONE', '2020-01-01 10:00:00+00'],
    ["time '10:00:00.5'", 'VARCHAR', '10:00:00.5'],
    [
      "'0190a2b4-0000-7000-8000-000000000001'::uuid",
      'UUID',
      '0190a2b4-0000-7000-8000-000000000001',
    ],
    ["'\\x00\\xFFa'::blob", 'BLOB', '\\x00\\xFFa'],
    ['[1::hugeint, null]', 'DECIMAL(38,0)[]', '[1, NULL]'],
    ['[1, 2]::int[2]', 'INTEGER[]', '[1, 2]'],
    [
      "{'a b': 1::hugeint, 'c': ['x']}",
      'STRUCT("a b" DECIMAL(38,0), "c" VARCHAR[])',
      "{'a b': 1, 'c': [x]}",
    ],
    ["map {'k': {'v': 1.5::float}}", 'MAP(VARCHAR, STRUCT("v" FLOAT))', "{k={'v': 1.5}}"],
    ['null', 'VARCHAR', null],
    ["'{}'::json", 'VARCHAR', '{}'],
    ["'a'::enum('a')", 'VARCHAR', 'a'],
    ["'101'::bit", 'VARCHAR', '101'],
    ["'nan'::double", 'DOUBLE', 'nan'],
    ["date 'infinity'", 'DATE', 'infinity'],
  ])('%s', async (expression, type, text) => {
    const staged = await write(
      `select ${expression} as "Wert 1" from range(3) r(i)${/sum/.test(expression) ? '' : ' limit 1'}`,
    );
    expect(types(staged)).toEqual([type]);
    expect(await read('select "Wert 1"::varchar, typeof("Wert 1") from result')).toEqual([
      [text, type.replaceAll(/"([a-z]+)"/g, '$1')],
    ]);
  });

  test('digits beyond the size of a decimal fail the run', async () => {
    await expect(
      write("select '170141183460469231731687303715884105727'::hugeint as h"),
    ).rejects.toMatchObject({
      failure: { code: 'sql_error' },
    });
  });

  test('a type that no table holds is refused by name, with the cast to write', async () => {
    const refused = write('select 1 as a, interval 1 day as gap');
    await expect(refused).rejects.toThrow(
      'column gap: a table cannot hold INTERVAL; write CAST("gap" AS VARCHAR)',
    );
    expect(await readdir(join(root, `staging_${writes}`))).toEqual([]);
  });
});

describe('a table changes with its results', () => {
  test('a new column is NULL in the old rows, and has its own id', async () => {
    await write('select 1 as a');
    expect(ids(await write("select 'x' as b, 2 as a"))).toEqual([1, 2]);
    expect(await read('select a, b from result order by a')).toEqual([
      ['1', null],
      ['2', 'x'],
    ]);
  });

  test('a column that a result lacks is NULL in its rows, and keeps its id', async () => {
    await write("select 1 as a, {'x': 1} as s");
    const staged = await write('select 2 as "A"');
    expect(ids(staged)).toEqual([1, 2]);
    expect(types(staged)).toEqual(['INTEGER', 'STRUCT("x" INTEGER)']);
    expect(await read('select a, s from result order by a')).toEqual([
      ['1', "{'x': 1}"],
      ['2', null],
    ]);
  });

  test('integers, floats and decimals widen, and narrower results are widened too', async () => {
    await write('select 1 as i, 1.5::float as f, 1.5::decimal(4,1) as d');
    const wide = 'select 3000000000 as i, 0.1::double as f, 123456789.5::decimal(12,1) as d';
    expect(types(await write(wide))).toEqual(['BIGINT', 'DOUBLE', 'DECIMAL(12,1)']);
    const narrow = await write('select 2::smallint as i, 2::float as f, 2::decimal(3,1) as d');
    expect(types(narrow)).toEqual(['BIGINT', 'DOUBLE', 'DECIMAL(12,1)']);
    expect(await read('select * from result order by i')).toEqual([
      ['1', '1.5', '1.5'],
      ['2', '2', '2.0'],
      ['3000000000', '0.1', '123456789.5'],
    ]);
  });

  test('a struct gains members, in lists too', async () => {
    await write("select 1 as i, [{'a': 1}] as l");
    await write("select 2 as i, [{'b': 'x', 'a': 2::bigint}] as l");
    expect(await read('select l::varchar from result order by i')).toEqual([
      ["[{'a': 1, 'b': NULL}]"],
      ["[{'a': 2, 'b': x}]"],
    ]);
  });

  test('NULL fits a column of any type', async () => {
    await write("select 1 as i, 'x' as t, [1] as l");
    expect(types(await write('select 2 as i, null as t, null as l'))).toEqual([
      'INTEGER',
      'VARCHAR',
      'INTEGER[]',
    ]);
    expect(await read('select t, l from result where i = 2')).toEqual([[null, null]]);
  });

  test.each([
    ["'x'", '1', 'column c is VARCHAR in the table and INTEGER in the result'],
    ['1', "'x'", 'column c is INTEGER in the table and VARCHAR in the result'],
    [
      "date '2020-01-01'",
      "timestamp '2020-01-01'",
      'column c is DATE in the table and TIMESTAMP in the result',
    ],
    ["{'a': 1}", "{'a': 'x'}", 'column c.a is INTEGER in the table and VARCHAR in the result'],
  ])('%s and then %s is refused before anything is written', async (before, after, message) => {
    await write(`select ${before} as c`);
    await expect(write(`select ${after} as c`)).rejects.toThrow(message);
    expect(await readdir(join(root, `staging_${writes}`))).toEqual([]);
  });
});

test('a result without rows has a schema and no file', async () => {
  const staged = await write("select 1 as a, {'x': [1]} as s where false");
  expect(staged).toMatchObject({ files: [], rows: 0, bytes: 0, lastColumnId: 4 });
  expect(await readdir(join(root, `staging_${writes}`))).toEqual([]);
  expect(await read('select a, s from result')).toEqual([]);
});

test('a file is reported with its rows, its size and its bounds', async () => {
  const staged = await write(
    "select i, repeat('x', 20) || i as t from range(1000) r(i) order by i",
  );
  expect(staged.files).toHaveLength(1);
  expect(staged).toMatchObject({
    rows: 1000,
    files: [
      {
        content: 'data',
        format: 'PARQUET',
        partition: {},
        specId: 0,
        recordCount: 1000,
        valueCounts: { 1: 1000, 2: 1000 },
        nullCounts: { 1: 0, 2: 0 },
        // A bound has 16 characters; the last one of the upper bound is increased from x to y.
        lowerBounds: { 1: 'AAAAAAAAAAA=', 2: Buffer.from('x'.repeat(16)).toString('base64') },
        upperBounds: { 2: Buffer.from(`${'x'.repeat(15)}y`).toString('base64') },
      },
    ],
  });
  expect(staged.bytes).toBe(staged.files[0]?.fileSize);
});

test.each(['incremental', 'delete_insert'] as const)(
  '%s refuses a table with a column that has the name of one that the merge adds',
  async (strategy) => {
    // A strategy that compares nothing may write such a column.
    await write('select 1 as id, 2 as __rat_rank');
    const merge = write('select 1 as id', { merge_strategy: strategy, unique_key: 'id' });
    await expect(merge).rejects.toThrow('the table must not have a column __rat_rank');
  },
);
