import type { StagedFiles } from '@rat/engine';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecuteCommand, ExecutorLog, ExecutorPhase, QualityTest } from '@rat/contracts';
import type { Failure, QualityResult } from '@rat/domain';
import { duckdbEngine } from '@rat/engine-duckdb';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import { UNPARTITIONED } from '@rat/iceberg';
import { fileUri, pathFromUri } from '@rat/storage';
import { bestOf } from '@rat/testing';
import { executeCommand } from '../../test/execute-command.ts';
import { executeRun } from './execute-run.ts';
import type { ResolvedInputs, WantedInputs } from '../executor-protocol/execution-host.ts';
import type { AuditAnswer } from '../executor-protocol/executor-outcome.ts';

let root: string;
let lines: ExecutorLog[];
let marks: ExecutorPhase[];
let results: QualityResult[];
let defects: unknown[];
let staged: StagedFiles[];
/** URIs, in the order in which they became durable. */
let synced: string[];
/** The runner's answer to the staged result. */
let audit: () => Promise<AuditAnswer>;
/** Called with each phase mark, `name status`. */
let onMark: (mark: string) => void;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-execute-'));
  lines = [];
  marks = [];
  results = [];
  defects = [];
  staged = [];
  synced = [];
  audit = () => Promise.resolve({ type: 'audit' });
  onMark = () => undefined;
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A table without rows that has the columns of the staged result. */
function targetAfter(before: StagedFiles | undefined): ExecuteCommand['target'] {
  const { schema, lastColumnId = 0 } = before ?? {};
  return { schema, lastColumnId, specs: [UNPARTITIONED], lastPartitionId: 999, files: [] };
}

function command(overrides: Partial<ExecuteCommand>): ExecuteCommand {
  return executeCommand(root, overrides);
}

const nothingWanted = (): Promise<ResolvedInputs> =>
  Promise.reject(new Error('nothing was wanted'));

function execute(
  overrides: Partial<ExecuteCommand>,
  resolveInputs: (wanted: WantedInputs) => Promise<ResolvedInputs> = nothingWanted,
  signal: AbortSignal = new AbortController().signal,
) {
  return executeRun(
    duckdbEngine,
    command(overrides),
    {
      onLog: (line) => void lines.push(line),
      onPhase: (mark) => {
        marks.push(mark);
        onMark(`${mark.name} ${mark.status}`);
      },
      onQuality: ({ result }) => void results.push(result),
      onDefect: (error) => void defects.push(error),
      resolveInputs,
      syncFiles: async (uris) => void synced.push(...uris),
      onStaged: (result) => {
        if (result.form !== 'files') throw new Error('DuckDB stages files');
        staged.push(result);
        return audit();
      },
    },
    signal,
  );
}

/** The table that the last execution would have become, as an input. */
function lastStaged(): { sql: string; files: string[] } {
  const result = staged.at(-1);
  if (!result) throw new Error('nothing was staged');
  const files = result.files.map((file) => ({ ...file, sequenceNumber: 1 }));
  return {
    sql: tableScanSql({ schema: result.schema, files }),
    files: files.map((file) => pathFromUri(file.path)),
  };
}

async function failureOf(...args: Parameters<typeof execute>): Promise<Failure> {
  const outcome = await execute(...args);
  if (outcome.kind !== 'failed') throw new Error(`the run ${outcome.kind}`);
  return outcome.failure;
}

function check(sql: string, rest: Partial<QualityTest> = {}): QualityTest {
  return { name: 'check', sql, severity: 'error', ...rest };
}

const messages = (): string[] => lines.map((line) => line.message);
const ended = (): string[] =>
  marks.filter((mark) => mark.status !== 'started').map((mark) => `${mark.name} ${mark.status}`);

describe('a run that succeeds', () => {
  test('a successful run reports its phases and leaves its files in staging', async () => {
    const sql = 'create temp table t as from range(100);\nselect range as i from t';
    const outcome = await execute({ sql, qualityTests: [check('from {{ this }} where i < 0')] });

    expect(outcome).toMatchObject({
      kind: 'finished',
      rows: 100,
      columns: [{ name: 'i', type: 'BIGINT' }],
      lastColumnId: 1,
      schema: { 'schema-id': 0, fields: [{ id: 1, name: 'i', type: 'long', required: false }] },
      files: [
        {
          path: fileUri(join(root, 'staging/part_0.parquet')),
          recordCount: 100,
          specId: 0,
          valueCounts: { 1: 100 },
          lowerBounds: { 1: 'AAAAAAAAAAA=' },
        },
      ],
    });
    expect(staged).toHaveLength(1);
    expect(outcome).toEqual({ kind: 'finished', ...staged[0] });
    expect(await readdir(join(root, 'staging'))).toEqual(['part_0.parquet']);
    expect(marks.map((mark) => `${mark.name} ${mark.status}`)).toEqual(
      ['detect', 'build', 'write', 'quality'].flatMap((name) => [
        `${name} started`,
        `${name} success`,
      ]),
    );
    expect(marks.find((mark) => mark.name === 'write' && mark.status === 'success')).toMatchObject({
      rows: 100,
      bytes: expect.any(Number),
      durationMs: expect.any(Number),
    });
    expect(messages()).toEqual([
      'Starting pipeline silver.orders',
      'Executing SQL...',
      'create temp table t as from range(100)',
      expect.stringMatching(/^create temp table t as from range\(100\) \(100 rows, \d+ ms\)$/),
      'select range as i from t',
      'select range as i from t',
      expect.stringMatching(/^Writing 100 rows to shop\.silver\.orders \(/),
      'from memory.rat_tested."shop.silver.orders" where i < 0',
      expect.stringMatching(/^Quality test check passed/),
    ]);
  });

  test('a run reports a file only after it is durable', async () => {
    let durable: string[] = [];
    audit = async () => {
      durable = synced.slice();
      return { type: 'audit' };
    };
    await execute({ config: { partition_by: 'a' }, sql: 'select unnest([1, 2, 3]) as a' });
    expect(durable).toHaveLength(3);
    expect(durable).toEqual(staged[0]?.files.map((file) => file.path));
  });

  test('a run reads tables and landing zones that it requests by name', async () => {
    await execute({ stagingDir: join(root, 'input') });
    await writeFile(join(root, 'upload.csv'), 'b\n7\n');
    const wanted: WantedInputs[] = [];
    const outcome = await execute(
      { sql: "select a, b from {{ ref('bronze.raw') }}, read_csv({{ landing_zone('uploads') }})" },
      (names) => {
        wanted.push(names);
        return Promise.resolve({
          type: 'inputs',
          tables: { 'shop.bronze.raw': lastStaged() },
          landingZones: { uploads: [join(root, 'upload.csv')] },
        });
      },
    );
    expect(wanted).toEqual([
      { tables: [{ namespace: 'shop', layer: 'bronze', name: 'raw' }], landingZones: ['uploads'] },
    ]);
    expect(outcome).toMatchObject({ kind: 'finished', rows: 1 });
    expect(messages()).toContain('Reading landing zone uploads (1 file)');
  });

  test('a run without rows succeeds with an empty table', async () => {
    const outcome = await execute({
      sql: 'select 1 as a where false',
      qualityTests: [check('select a from {{ this }}')],
    });
    expect(outcome).toMatchObject({ kind: 'finished', rows: 0, bytes: 0, files: [] });
    expect(outcome).toMatchObject({ columns: [{ name: 'a', type: 'INTEGER' }] });
    expect(await readdir(join(root, 'staging'))).toEqual([]);
    expect(messages()).toContainEqual(expect.stringMatching(/^Writing 0 rows to .*in 0 files/));
  });

  test('a run can read a table that has no rows yet', async () => {
    await execute({ sql: "select 1 as a, 'x' as b where false", stagingDir: join(root, 'input') });
    const outcome = await execute({ sql: "from {{ ref('bronze.raw') }}" }, () =>
      Promise.resolve({
        type: 'inputs',
        tables: { 'shop.bronze.raw': lastStaged() },
        landingZones: {},
      }),
    );
    expect(outcome).toMatchObject({
      rows: 0,
      columns: [
        { name: 'a', type: 'INTEGER' },
        { name: 'b', type: 'VARCHAR' },
      ],
    });
  });
});

describe('quality tests', () => {
  test('quality tests see the new rows where the pipeline saw the old ones', async () => {
    await execute({ stagingDir: join(root, 'old') });
    const outcome = await execute(
      {
        targetExists: true,
        sql: 'select a + 1 as a from {{ this }}',
        qualityTests: [check('from {{ this }} where a <> 2')],
      },
      () =>
        Promise.resolve({
          type: 'inputs',
          tables: { 'shop.silver.orders': lastStaged() },
          landingZones: {},
        }),
    );
    expect(outcome.kind).toBe('finished');
  });

  test('quality tests wait until the staged files are a branch, and read it as its readers do', async () => {
    await execute({ sql: 'select 1 as a, 2 as b', stagingDir: join(root, 'old') });
    const [before] = staged;
    audit = () => {
      expect(ended().at(-1)).toBe('write success');
      return Promise.resolve({ type: 'audit' });
    };
    const outcome = await execute({
      sql: 'select 3::bigint as a',
      target: targetAfter(before),
      // The table keeps the column that the result no longer has.
      qualityTests: [check('from {{ this }} where b is not null or a <> 3')],
    });
    expect(outcome.kind).toBe('finished');
  });

  test('parallel quality tests see the same rows and inputs, and each is reported once', async () => {
    await execute({ stagingDir: join(root, 'input') });
    await writeFile(join(root, 'upload.csv'), 'b\n7\n');
    const names = Array.from({ length: 8 }, (_, index) => `t${index}`);
    const sql =
      "select t.a, b from {{ this }} as t, read_csv({{ landing_zone('in') }}), {{ ref('bronze.raw') }} as raw where raw.a = 1";
    const failure = await failureOf(
      {
        sql: 'create macro twice(x) as x * 2; select twice(21) as a',
        threads: 3,
        qualityTests: names.map((name) => check(sql, { name })),
        config: {
          tests: [
            { relationships: { column: 'a', to: 'bronze.raw', field: 'a' } },
            { unique: ['a'] },
          ],
        },
      },
      (wanted) => {
        expect(wanted.tables).toEqual([{ namespace: 'shop', layer: 'bronze', name: 'raw' }]);
        return Promise.resolve({
          type: 'inputs',
          tables: { 'shop.bronze.raw': lastStaged() },
          landingZones: { in: [join(root, 'upload.csv')] },
        });
      },
    );
    expect(failure).toMatchObject({ code: 'quality_failed', phase: 'quality' });
    const told = results.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(told.map(({ name, status, sample }) => [name, status, ...sample.rows])).toEqual([
      ['relationships_a', 'failed', ['42']],
      ...names.map((name) => [name, 'failed', ['42', '7']]),
      ['unique_a', 'passed'],
    ]);
  });

  test.each([
    'create temp view "shop.silver.orders" as select 1 as id',
    'create temp table "shop.silver.orders" as select 1 as id',
    'create table "shop.silver.orders" as select 1 as id',
    'create view "shop.silver.orders" as select 1 as id',
    'create schema rat_outputs; create view rat_outputs."shop.silver.orders" as select 1 as id',
    'create temp view "shop.bronze.raw" as select null::int as id',
    'create table "shop.bronze.raw" as select null::int as id',
  ])('quality tests read the written rows and the real inputs after: %s', async (statement) => {
    await execute({ sql: 'select 1 as id', stagingDir: join(root, 'input') });
    const failure = await failureOf(
      {
        sql: `${statement}; select unnest([null, 2]) as id`,
        qualityTests: [
          check('select * from {{ this }} where id is null'),
          check(`select * from {{ ref('bronze.raw') }} where id = 1`, { name: 'input' }),
        ],
        config: {
          tests: [
            { not_null: ['id'] },
            { relationships: { column: 'id', to: 'bronze.raw', field: 'id' } },
          ],
        },
      },
      () =>
        Promise.resolve({
          type: 'inputs',
          tables: { 'shop.bronze.raw': lastStaged() },
          landingZones: {},
        }),
    );
    expect(failure.code).toBe('quality_failed');
    expect(results.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
      'check failed',
      'input failed',
      'not_null_id failed',
      'relationships_id failed',
    ]);
  });

  test.each([
    'create or replace view {{ this }} as select 1 as id',
    `create or replace view {{ ref('bronze.raw') }} as select 2 as id`,
    `drop view {{ ref('bronze.raw') }}`,
    `alter view {{ ref('bronze.raw') }} rename to other`,
    'create schema rat_tested',
    'create table memory.rat_tested.x (a int)',
    'drop schema rat_inputs cascade',
    'create macro count() as 0',
    'create or replace temp macro memory.main.lower(x) as x',
    'create function main."ABS"(x) as x',
    'create macro if not exists sum(x) as 0',
    'create temp table "__rat_existing" as select 1 as id',
    'create view __RAT_result as select 1 as id',
    `set variable "landing_zone:in" = ['other']`,
  ])('quality tests cannot be misled by: %s', async (statement) => {
    await execute({ sql: 'select 1 as id', stagingDir: join(root, 'input') });
    const tables = { 'shop.silver.orders': lastStaged(), 'shop.bronze.raw': lastStaged() };
    const failure = await failureOf({ sql: `${statement}; select 1 as id` }, () =>
      Promise.resolve({ type: 'inputs', tables, landingZones: {} }),
    );
    expect(failure).toMatchObject({ code: 'sql_error', phase: 'build' });
    expect(failure.message).toContain('is not allowed');
  });

  test('quality tests do not run when the runner refuses the staged result', async () => {
    const failure: Failure = { code: 'catalog_unavailable', message: 'no', phase: 'write' };
    audit = () => Promise.resolve({ type: 'refuse', failure });
    expect(await failureOf({ qualityTests: [check('from {{ this }}')] })).toEqual(failure);
    expect(ended()).toEqual(['detect success', 'build success', 'write success']);
  });

  test('a violation fails the run with its number and a short sample', async () => {
    const failure = await failureOf({
      sql: "select range as i, repeat('x', 100) as long from range(10)",
      qualityTests: [
        check('from {{ this }} where i > 4', { name: 'small', description: 'i is small' }),
        check('from {{ this }} where i = 0', { name: 'no_zero' }),
      ],
    });
    expect(failure.code).toBe('quality_failed');
    expect(failure.message.split('\n')).toEqual([
      'Quality tests failed:',
      'small (i is small): 5 violations',
      ...[5, 6, 7].map((i) => `  i=${i}, long=${'x'.repeat(39)}…`),
      'no_zero: 1 violation',
      expect.stringMatching(/^ {2}i=0/),
    ]);
    expect(ended().at(-1)).toBe('quality failed');
  });

  test('quality tests of severity warn never fail the run, even if they cannot run', async () => {
    const outcome = await execute({
      qualityTests: [
        check('from {{ this }}', { severity: 'warn' }),
        check('select nope', { name: 'broken', severity: 'warn' }),
      ],
    });
    expect(outcome.kind).toBe('finished');
    const warnings = lines.filter((line) => line.level === 'warn').map((line) => line.message);
    expect(warnings).toEqual([
      'Quality test check: 1 violation\n  a=1',
      expect.stringMatching(/^quality test broken: Binder Error/),
    ]);
  });

  test('a test of severity warn that cannot run has the status error, and the others have results', async () => {
    const missing = {
      'shop.bronze.later': { code: 'source_not_found' as const, message: 'no bronze.later' },
      empty: { code: 'source_not_found' as const, message: 'the zone is empty' },
    };
    const broken = { sql: "SELECT * FROM read_parquet('/nowhere/a.parquet')", files: [] };
    const asked: WantedInputs[] = [];
    const outcome = await execute(
      {
        sql: 'select 1 as a',
        config: {
          tests: [
            { relationships: { column: 'a', to: 'bronze.later', field: 'a' }, severity: 'warn' },
            { not_null: ['a'] },
          ],
        },
        qualityTests: [
          check("FROM {{ ref('bronze.later') }}", { name: 'ref', severity: 'warn' }),
          check("FROM {{ ref('bronze.broken') }}", { name: 'broken', severity: 'warn' }),
          check("FROM read_csv({{ landing_zone('empty') }})", { name: 'zone', severity: 'warn' }),
          check('SELECT {{ run_started_at.x.y }}', { name: 'template', severity: 'warn' }),
          check('SELECT 1; SELECT 2', { name: 'two', severity: 'warn' }),
          check('SELECT nope FROM {{ this }}', { name: 'column', severity: 'warn' }),
          check('SELECT * FROM {{ this }} WHERE a <> 1', { name: 'good' }),
        ],
      },
      (wanted) => {
        asked.push(wanted);
        const tables = { 'shop.bronze.broken': broken };
        return Promise.resolve({ type: 'inputs', tables, landingZones: {}, missing });
      },
    );
    expect(outcome.kind).toBe('finished');
    expect(asked[0]?.mayLack).toEqual(['shop.bronze.later', 'shop.bronze.broken', 'empty']);
    const statuses = Object.fromEntries(results.map(({ name, status }) => [name, status]));
    expect(statuses).toEqual({
      relationships_a: 'error',
      not_null_a: 'passed',
      ref: 'error',
      broken: 'error',
      zone: 'error',
      template: 'error',
      two: 'error',
      column: 'error',
      good: 'passed',
    });
    expect(results.find(({ name }) => name === 'ref')?.message).toBe('no bronze.later');
  });

  test('a missing input of a test of severity error fails the run after all other tests ran', async () => {
    const missing = { 'shop.bronze.later': { code: 'source_not_found' as const, message: 'none' } };
    const failure = await failureOf(
      {
        qualityTests: [
          check("FROM {{ ref('bronze.later') }}", { name: 'ref' }),
          check('SELECT * FROM {{ this }} WHERE a <> 1', { name: 'good' }),
        ],
      },
      () => Promise.resolve({ type: 'inputs', tables: {}, landingZones: {}, missing }),
    );
    expect(failure).toMatchObject({ code: 'source_not_found', phase: 'quality' });
    expect(results.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
      'good passed',
      'ref error',
    ]);
  });

  test('a test that cannot run fails the run with the place in the test', async () => {
    const failure = await failureOf({ qualityTests: [check('select\n nope from {{ this }}')] });
    expect(failure).toMatchObject({ code: 'sql_error', phase: 'quality', line: 2, column: 2 });
    expect(failure.message).toMatch(/^quality test check: /);
  });
});

describe('a run that fails', () => {
  test.each([
    ['detect', { sql: 'select {{ nope }}' }, 'template_error'],
    ['build', { sql: 'drop table nope; select 1' }, 'sql_error'],
    ['build', { sql: "copy (select 1) to '/tmp/x.csv'; select 1" }, 'sql_error'],
    ['write', { sql: 'select nope' }, 'sql_error'],
    ['write', { sql: 'create table t as select 1' }, 'sql_error'],
    ['write', { sql: 'select interval 1 day as gap' }, 'config_error'],
  ])('a failure in %s has the code and message %j', async (phase, overrides, code) => {
    expect(await failureOf(overrides)).toMatchObject({ phase, code });
    expect(ended().at(-1)).toBe(`${phase} failed`);
    expect(defects).toEqual([]);
  });

  test('a run whose columns do not fit the table writes nothing', async () => {
    await execute({ sql: "select 'x' as a", stagingDir: join(root, 'old') });
    const [before] = staged;
    const failure = await failureOf({
      sql: 'select 1 as a',
      target: targetAfter(before),
    });
    expect(failure).toEqual({
      code: 'schema_conflict',
      phase: 'write',
      message: 'column a is VARCHAR in the table and INTEGER in the result',
    });
    expect(await readdir(join(root, 'staging'))).toEqual([]);
    expect(staged).toHaveLength(1);
  });

  test.each<[string, string, number, number]>([
    ['behind a template comment', '{#\n one\n two\n#}\nSELECT nope', 5, 8],
    [
      'in a later statement',
      '{% for i in [1, 2] %}CREATE TEMP TABLE t{{ i }} AS\nSELECT 1;\n{% endfor %}\n\nSELECT nope',
      5,
      8,
    ],
    [
      'in a statement that prepares',
      '{#\n#}CREATE TEMP TABLE t AS\n  SELECT nope;\nSELECT 1',
      3,
      10,
    ],
    ['with Windows line ends', '{# a\r\n#}\r\nSELECT 1,\r\n  nope', 4, 3],
    ['behind wide characters', "{# 🦆\n#}SELECT '🦆é', {{ '\"' ~ 'no\"' }}", 2, 16],
    [
      'with a first run’s watermark',
      '{% if watermark_value %}\n\n{% endif %}\nSELECT {{ watermark_value }},\n nope',
      5,
      2,
    ],
    ['for the parser', '{#\n#}\nSELECT 1,,', 3, 10],
  ])('names the place in the author’s file: %s', async (_, sql, line, column) => {
    const failure = await failureOf({ sql });
    expect(failure).toMatchObject({ code: 'sql_error', file: 'pipeline.sql', line, column });
    expect(failure.message).toContain(`\n\nLINE ${line}: `);
    const [excerpt = '', caret = ''] = failure.message.split('\n').slice(-2);
    expect(caret.trim()).toBe('^');
    expect(caret.length).toBeLessThanOrEqual(excerpt.length);
  });

  test('a failure without a place within its statement has the place where the statement begins', async () => {
    const sql =
      "{#\n#}\nCREATE TEMP TABLE t AS SELECT 1;\n\n SELECT CAST(a AS INTEGER) AS a FROM (VALUES ('x')) v(a)";
    const failure = await failureOf({ sql });
    expect(failure).toMatchObject({ code: 'sql_error', file: 'pipeline.sql', line: 5 });
  });

  test('a failure in a quality test has the place in the test’s file', async () => {
    const sql = '{#\n a\n#}\n-- a\nSELECT nope FROM {{ this }}';
    expect(await failureOf({ qualityTests: [check(sql)] })).toMatchObject({
      code: 'sql_error',
      file: 'tests/quality/check.sql',
      line: 5,
      column: 8,
    });
    expect(results[0]?.message).toContain('LINE 5: SELECT nope');
  });

  test('a failure points into the text that was executed', async () => {
    const sql = '-- @description: x\nselect 1 as a;\n\nselect\n  nope';
    expect(await failureOf({ sql })).toMatchObject({
      line: 5,
      column: 3,
      statement: 'select\n  nope',
    });
  });

  test('a missing input fails the run with the runner’s message', async () => {
    const failure: Failure = { code: 'source_not_found', message: 'no table', phase: 'detect' };
    const refuse = () => Promise.resolve({ type: 'refuse' as const, failure });
    expect(await failureOf({ sql: "from {{ ref('bronze.raw') }}" }, refuse)).toEqual(failure);
  });

  test('a defect of ours fails the run as internal, and its text stays in the process', async () => {
    const broken = () => Promise.reject(new TypeError('secret detail'));
    const failure = await failureOf({ sql: "from {{ ref('bronze.raw') }}" }, broken);
    expect(failure).toMatchObject({ code: 'internal', phase: 'detect' });
    expect(failure.message).not.toContain('secret');
    expect(defects).toHaveLength(1);
  });

  test('a folder that cannot be made is a failure of the storage', async () => {
    await mkdir(join(root, 'x'));
    await writeFile(join(root, 'x/file'), '');
    const failure = await failureOf({ stagingDir: join(root, 'x/file/staging') });
    expect(failure.code).toBe('storage_unavailable');
    expect(failure.message).not.toContain(root);
  });
});

describe('an aborted run', () => {
  const endless = 'select count(*) as n from range(3000000) a, range(3000000) b';

  test.each([
    ['write', { sql: endless }],
    ['quality', { qualityTests: [check(endless)] }],
  ])(
    'a run that is aborted in %s ends as interrupted within a second',
    async (phase, overrides) => {
      const took = await bestOf({ times: 3, enough: 1_000 }, async () => {
        const controller = new AbortController();
        let abortedAt = 0;
        onMark = (mark) => {
          if (mark !== `${phase} started`) return;
          // Waits until the phase is at work, since its start mark precedes the work.
          setImmediate(() => {
            abortedAt = performance.now();
            controller.abort();
          });
        };
        expect(await execute(overrides, nothingWanted, controller.signal)).toEqual({
          kind: 'interrupted',
        });
        expect(ended().at(-1)).toBe(`${phase} cancelled`);
        return performance.now() - abortedAt;
      });
      expect(took).toBeLessThan(1_000);
    },
  );

  test('a run that is aborted before its start opens nothing', async () => {
    expect(await execute({}, nothingWanted, AbortSignal.abort())).toEqual({ kind: 'interrupted' });
    expect(ended()).toEqual(['detect cancelled']);
    expect(await readdir(root)).toEqual([]);
  });
});
