import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInTest, type QualityTest } from '@rat/contracts';
import type { Failure, QualityResult } from '@rat/domain';
import { InterruptedError, type EngineSession } from '@rat/engine';
import { duckdbEngine } from '@rat/engine-duckdb';
import { planTests } from './plan-run.ts';
import { runQualityTests, type QualityWork } from './run-quality-tests.ts';
import { RunFailedError } from './to-failure.ts';

const PIPELINE = { namespace: 'shop', layer: 'silver', name: 'orders' } as const;
const ENDLESS =
  'select count(*) from range(10000000) a, range(10000000) b where hash(a.range, b.range) = 3';
const RUN_STARTED_AT = '2026-07-01T10:00:00.000Z';

let root: string;
let session: EngineSession;
let results: QualityResult[];
let lines: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-quality-'));
  for (const folder of ['staging', 'temp']) await mkdir(join(root, folder));
  results = [];
  lines = [];
  session = await open(3);
});
afterEach(async () => {
  await session.close();
  await rm(root, { recursive: true, force: true });
});

async function open(lanes: number): Promise<EngineSession> {
  return duckdbEngine.open({
    inputs: { tables: {}, fileLists: {} },
    stagingDir: join(root, 'staging'),
    tempDir: join(root, 'temp'),
    memoryLimitMb: 256,
    tempLimitMb: 256,
    threads: 2,
    lanes,
  });
}

async function run(sql: string): Promise<void> {
  for (const statement of duckdbEngine.splitStatements(sql)) await session.run(statement);
}

function check(name: string, sql: string, rest: Partial<QualityTest> = {}): QualityTest {
  return { name, sql, severity: 'error', ...rest };
}

interface Asked {
  written?: QualityTest[];
  builtIn?: object[];
  columns?: QualityWork['tested']['columns'];
  main?: string;
  timeoutMs?: number;
}

/** The failure of the tests; undefined when the run continues. */
async function failureOf(asked: Asked): Promise<Failure | undefined> {
  const { tests } = planTests(
    duckdbEngine,
    {
      pipeline: PIPELINE,
      config: { tests: (asked.builtIn ?? []).map((test) => builtInTest.parse(test)) },
      qualityTests: asked.written ?? [],
    },
    { pipeline: PIPELINE, runStartedAt: RUN_STARTED_AT, isIncremental: false },
  );
  try {
    await runQualityTests({
      engine: duckdbEngine,
      session,
      tests,
      tested: {
        pipeline: PIPELINE,
        runStartedAt: RUN_STARTED_AT,
        columns: asked.columns ?? [],
        main: asked.main,
      },
      reporter: {
        log: (level, message) => void lines.push(`${level} ${message}`),
        quality: (result) => void results.push(result),
      },
      ...(asked.timeoutMs === undefined ? {} : { timeoutMs: asked.timeoutMs }),
    });
    return undefined;
  } catch (error) {
    if (error instanceof RunFailedError) return error.failure;
    throw error;
  }
}

const statuses = (): Record<string, string> =>
  Object.fromEntries(results.map(({ name, status }) => [name, status]));

describe('runQualityTests', () => {
  test.each([1, 3])('with %i lanes every test runs, whatever the others return', async (lanes) => {
    await session.close();
    session = await open(lanes);
    const failure = await failureOf({
      written: [
        check('bad', 'select 1'),
        check('late', ENDLESS),
        check('broken', 'select\n nope'),
        check('odd', 'select 2', { severity: 'warn' }),
        check('odd_broken', 'select nope', { severity: 'warn' }),
        check('good', 'select 1 where false'),
      ],
      timeoutMs: 3_000,
    });
    expect(statuses()).toEqual({
      bad: 'failed',
      late: 'error',
      broken: 'error',
      odd: 'warned',
      odd_broken: 'error',
      good: 'passed',
    });
    expect(results.find(({ name }) => name === 'late')).toMatchObject({
      message: 'the query did not end within 3000 ms',
      sample: { columns: [], rows: [] },
    });
    expect(failure?.code).toBe('quality_failed');
    expect(failure?.message).toMatch(/^Quality tests failed:\nbad: 1 violation\n {2}1=1\nlate: /);
    expect(failure?.message).not.toContain('odd');
    expect(lines).toContainEqual(expect.stringMatching(/^warn quality test odd_broken: Binder/));
  });

  test('a slow test delays no other test where there are lanes', async () => {
    await failureOf({
      written: [
        check('late', ENDLESS),
        ...['a', 'b', 'c', 'd'].map((name) => check(name, 'select 1 where false')),
      ],
      timeoutMs: 5_000,
    });
    expect(results).toHaveLength(5);
    expect(results.at(-1)).toMatchObject({ name: 'late', status: 'error' });
  });

  test('a test that could not run fails the run with its own code, and the message names all of them', async () => {
    const failure = await failureOf({
      written: [
        check('late', ENDLESS),
        check('broken', 'select nope'),
        check('good', 'select 1 where false'),
      ],
      timeoutMs: 3_000,
    });
    expect(failure?.code).toBe('timed_out');
    expect(failure?.message).toMatch(/^quality test late: .*\nquality test broken: Binder Error/);
  });

  test('a sample keeps ten rows, each value cut to two hundred characters', async () => {
    const text = 'x'.repeat(300);
    await failureOf({
      written: [
        check('wide', `select '${text}' as long, null as n from range(50)`, {
          description: 'd',
          tags: ['a'],
          remediation: 'r',
        }),
      ],
    });
    const [result] = results;
    expect(result).toMatchObject({
      violations: 50,
      description: 'd',
      tags: ['a'],
      remediation: 'r',
      sample: { columns: ['long', 'n'] },
    });
    expect(result?.sample.rows).toHaveLength(10);
    expect(result?.sample.rows[0]).toEqual([`${'x'.repeat(199)}…`, null]);
  });

  test('a test reads the pipeline’s temporary objects with any number of lanes', async () => {
    await run('create temp table mine as select 1 as a; set variable zero = 0');
    const written = ['a', 'b', 'c', 'd'].map((name) =>
      check(name, `from mine where a = getvariable('zero')`),
    );
    expect(await failureOf({ written })).toBeUndefined();
    expect(statuses()).toEqual({ a: 'passed', b: 'passed', c: 'passed', d: 'passed' });
  });

  test('a test is a query: it cannot change what the next one reads', async () => {
    await run('create table t as select 1 as a');
    const failure = await failureOf({ written: [check('sly', 'delete from t')] });
    expect(failure).toMatchObject({
      code: 'sql_error',
      message: expect.stringContaining('SELECT'),
    });
    expect(await session.countRows('select * from t')).toBe(1);
  });

  test('an interrupt stops the tests on all lanes before it is reported', async () => {
    const asked = failureOf({ written: [check('a', ENDLESS), check('b', ENDLESS)] });
    const stop = setImmediate(() => session.interrupt());
    await expect(asked).rejects.toBeInstanceOf(InterruptedError);
    clearImmediate(stop);
    expect(results).toEqual([]);
  });
});

describe('built-in tests', () => {
  const columns = [
    { name: 'id', type: 'INTEGER' },
    { name: 'state', type: 'VARCHAR' },
    { name: 'parent', type: 'INTEGER' },
    { name: 'seen', type: 'TIMESTAMP WITH TIME ZONE' },
  ];
  const rows = async (values: string): Promise<void> => {
    await run(
      `create table rows (id integer, state varchar, parent integer, seen timestamptz);
       insert into rows values ${values}`,
    );
    await session.showTested('shop.silver.orders', 'from rows');
  };

  test('built-in tests find the rows that violate them', async () => {
    await rows(`(1, 'new', null, '2026-06-01 00:00:00+00'), (2, 'odd', 1, null),
      (2, null, 9, null), (null, 'new', null, null), (null, 'new', null, null)`);
    const failure = await failureOf({
      columns,
      builtIn: [
        { not_null: ['ID'] },
        { unique: 'id' },
        { accepted_values: { column: 'state', values: ['new', 'done'] } },
        { relationships: { column: 'parent', to: 'silver.orders', field: 'id' } },
        { row_count: { min: 6 }, severity: 'warn' },
        { row_count: { max: 5 }, name: 'few' },
        { freshness: { column: 'seen', max_age_hours: 24 } },
      ],
    });
    expect(failure?.code).toBe('quality_failed');
    expect(Object.fromEntries(results.map((one) => [one.name, one.violations]))).toEqual({
      not_null_id: 2,
      // 2 and NULL occur twice.
      unique_id: 2,
      // NULL passes.
      accepted_values_state: 1,
      relationships_parent: 1,
      row_count: 1,
      few: 0,
      freshness_seen: 1,
    });
    expect(statuses()['row_count']).toBe('warned');
    expect(results.find(({ name }) => name === 'relationships_parent')?.sample).toEqual({
      columns: ['id', 'state', 'parent', 'seen'],
      rows: [['2', null, '9', null]],
    });
  });

  test('built-in tests compare the number of rows with main', async () => {
    await rows(`(1, null, null, null), (2, null, null, null)`);
    const change = (maxChangePct: number, name: string) => ({
      row_count: { max_change_pct: maxChangePct },
      name,
    });
    const builtIn = [change(50, 'half'), change(49.9, 'less')];
    const main = 'SELECT range AS id FROM range(4)';
    expect(await failureOf({ columns, builtIn, main })).toMatchObject({ code: 'quality_failed' });
    expect(statuses()).toEqual({ half: 'passed', less: 'failed' });
    // The first run has no main to compare with.
    expect(await failureOf({ columns, builtIn })).toBeUndefined();
  });

  test('built-in tests that do not fit the columns fail as configuration errors', async () => {
    await rows(`(1, null, null, now())`);
    const failure = await failureOf({
      columns,
      builtIn: [
        { not_null: 'nope' },
        { accepted_values: { column: 'id', values: ['many'] } },
        { not_null: 'id' },
      ],
    });
    expect(failure).toMatchObject({
      code: 'config_error',
      message: expect.stringMatching(/^quality test not_null_nope: the table has no column nope\n/),
    });
    expect(statuses()).toEqual({
      not_null_nope: 'error',
      accepted_values_id: 'error',
      not_null_id: 'passed',
    });
  });
});
