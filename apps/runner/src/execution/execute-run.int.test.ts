import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '@rat/domain';
import { duckdbEngine } from '@rat/engine-duckdb';
import { fileUri } from '@rat/storage';
import { bestOf } from '@rat/testing';
import type { WantedInputs } from '../executor-protocol/execution-host.ts';
import { check, ExecutionLab, nothingWanted, targetAfter } from '../../test/execution-lab.ts';

let lab: ExecutionLab;
beforeEach(async () => {
  lab = await ExecutionLab.open();
});
afterEach(() => lab.close());

describe('a run that succeeds', () => {
  test('a successful run reports its phases and leaves its files in staging', async () => {
    const sql = 'create temp table t as from range(100);\nselect range as i from t';
    const outcome = await lab.execute({
      sql,
      qualityTests: [check('from {{ this }} where i < 0')],
    });

    expect(outcome).toMatchObject({
      kind: 'finished',
      rows: 100,
      columns: [{ name: 'i', type: 'BIGINT' }],
      lastColumnId: 1,
      schema: { 'schema-id': 0, fields: [{ id: 1, name: 'i', type: 'long', required: false }] },
      files: [
        {
          path: fileUri(join(lab.root, 'staging/part_0.parquet')),
          recordCount: 100,
          specId: 0,
          valueCounts: { 1: 100 },
          lowerBounds: { 1: 'AAAAAAAAAAA=' },
        },
      ],
    });
    expect(lab.staged).toHaveLength(1);
    expect(outcome).toEqual({ kind: 'finished', ...lab.staged[0] });
    expect(await readdir(join(lab.root, 'staging'))).toEqual(['part_0.parquet']);
    expect(lab.marks.map((mark) => `${mark.name} ${mark.status}`)).toEqual(
      ['detect', 'build', 'write', 'quality'].flatMap((name) => [
        `${name} started`,
        `${name} success`,
      ]),
    );
    expect(
      lab.marks.find((mark) => mark.name === 'write' && mark.status === 'success'),
    ).toMatchObject({
      rows: 100,
      bytes: expect.any(Number),
      durationMs: expect.any(Number),
    });
    expect(lab.messages()).toEqual([
      'Starting pipeline silver.orders',
      'Executing SQL...',
      'create temp table t as from range(100)',
      expect.stringMatching(/^create temp table t as from range\(100\) \(100 rows, \d+ ms\)$/),
      'select range as i from t',
      'select range as i from t',
      expect.stringMatching(/^Writing 100 rows to shop\.silver\.orders \(/),
      'from shop.silver.orders where i < 0',
      expect.stringMatching(/^Quality test check passed/),
    ]);
  });

  test('a run reports a file only after it is durable', async () => {
    let durable: string[] = [];
    lab.audit = async () => {
      durable = lab.synced.slice();
      return { type: 'audit' };
    };
    await lab.execute({ config: { partition_by: 'a' }, sql: 'select unnest([1, 2, 3]) as a' });
    expect(durable).toHaveLength(3);
    expect(durable).toEqual(lab.staged[0]?.files.map((file) => file.path));
  });

  test('a run reads tables and landing zones that it requests by name', async () => {
    await lab.execute({ stagingDir: join(lab.root, 'input') });
    await writeFile(join(lab.root, 'upload.csv'), 'b\n7\n');
    const wanted: WantedInputs[] = [];
    const outcome = await lab.execute(
      { sql: "select a, b from {{ ref('bronze.raw') }}, read_csv({{ landing_zone('uploads') }})" },
      (names) => {
        wanted.push(names);
        return Promise.resolve({
          type: 'inputs',
          tables: { 'shop.bronze.raw': lab.lastStaged() },
          landingZones: { uploads: [join(lab.root, 'upload.csv')] },
        });
      },
    );
    expect(wanted).toEqual([
      { tables: [{ namespace: 'shop', layer: 'bronze', name: 'raw' }], landingZones: ['uploads'] },
    ]);
    expect(outcome).toMatchObject({ kind: 'finished', rows: 1 });
    expect(lab.messages()).toContain('Reading landing zone uploads (1 file)');
  });

  test('a run without rows succeeds with an empty table', async () => {
    const outcome = await lab.execute({
      sql: 'select 1 as a where false',
      qualityTests: [check('select a from {{ this }}')],
    });
    expect(outcome).toMatchObject({ kind: 'finished', rows: 0, bytes: 0, files: [] });
    expect(outcome).toMatchObject({ columns: [{ name: 'a', type: 'INTEGER' }] });
    expect(await readdir(join(lab.root, 'staging'))).toEqual([]);
    expect(lab.messages()).toContainEqual(expect.stringMatching(/^Writing 0 rows to .*in 0 files/));
  });

  test('a run can read a table that has no rows yet', async () => {
    await lab.execute({
      sql: "select 1 as a, 'x' as b where false",
      stagingDir: join(lab.root, 'input'),
    });
    const outcome = await lab.execute({ sql: "from {{ ref('bronze.raw') }}" }, () =>
      Promise.resolve({
        type: 'inputs',
        tables: { 'shop.bronze.raw': lab.lastStaged() },
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

describe('a run that fails', () => {
  test.each([
    ['detect', { sql: 'select {{ nope }}' }, 'template_error'],
    ['build', { sql: 'drop table nope; select 1' }, 'sql_error'],
    ['build', { sql: "copy (select 1) to '/tmp/x.csv'; select 1" }, 'sql_error'],
    ['write', { sql: 'select nope' }, 'sql_error'],
    ['write', { sql: 'create table t as select 1' }, 'sql_error'],
    ['write', { sql: 'select interval 1 day as gap' }, 'config_error'],
  ])('a failure in %s has the code and message %j', async (phase, overrides, code) => {
    expect(await lab.failureOf(overrides)).toMatchObject({ phase, code });
    expect(lab.ended().at(-1)).toBe(`${phase} failed`);
    expect(lab.defects).toEqual([]);
  });

  test('a run whose columns do not fit the table writes nothing', async () => {
    await lab.execute({ sql: "select 'x' as a", stagingDir: join(lab.root, 'old') });
    const [before] = lab.staged;
    const failure = await lab.failureOf({
      sql: 'select 1 as a',
      target: targetAfter(before),
    });
    expect(failure).toEqual({
      code: 'schema_conflict',
      phase: 'write',
      message: 'column a is VARCHAR in the table and INTEGER in the result',
    });
    expect(await readdir(join(lab.root, 'staging'))).toEqual([]);
    expect(lab.staged).toHaveLength(1);
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
    const failure = await lab.failureOf({ sql });
    expect(failure).toMatchObject({ code: 'sql_error', file: 'pipeline.sql', line, column });
    expect(failure.message).toContain(`\n\nLINE ${line}: `);
    const [excerpt = '', caret = ''] = failure.message.split('\n').slice(-2);
    expect(caret.trim()).toBe('^');
    expect(caret.length).toBeLessThanOrEqual(excerpt.length);
  });

  test('a failure without a place within its statement has the place where the statement begins', async () => {
    const sql =
      "{#\n#}\nCREATE TEMP TABLE t AS SELECT 1;\n\n SELECT CAST(a AS INTEGER) AS a FROM (VALUES ('x')) v(a)";
    const failure = await lab.failureOf({ sql });
    expect(failure).toMatchObject({ code: 'sql_error', file: 'pipeline.sql', line: 5 });
  });

  test('a failure in a quality test has the place in the test’s file', async () => {
    const sql = '{#\n a\n#}\n-- a\nSELECT nope FROM {{ this }}';
    expect(await lab.failureOf({ qualityTests: [check(sql)] })).toMatchObject({
      code: 'sql_error',
      file: 'tests/quality/check.sql',
      line: 5,
      column: 8,
    });
    expect(lab.results[0]?.message).toContain('LINE 5: SELECT nope');
  });

  test('a failure points into the text that was executed', async () => {
    const sql = '-- @description: x\nselect 1 as a;\n\nselect\n  nope';
    expect(await lab.failureOf({ sql })).toMatchObject({
      line: 5,
      column: 3,
      statement: 'select\n  nope',
    });
  });

  test('a failure has its place in the author’s file and its place in the compiled statement', async () => {
    const sql =
      '{# one\n two #}\n\nCREATE TEMP TABLE t AS SELECT 1 AS a;\nSELECT a,\n  nope FROM t';
    expect(await lab.failureOf({ sql })).toMatchObject({
      file: 'pipeline.sql',
      line: 6,
      column: 3,
      statement: 'SELECT a,\n  nope FROM t',
      within: { line: 2, column: 3 },
    });
  });

  test('a missing input fails the run with the runner’s message', async () => {
    const failure: Failure = { code: 'source_not_found', message: 'no table', phase: 'detect' };
    const refuse = () => Promise.resolve({ type: 'refuse' as const, failure });
    expect(await lab.failureOf({ sql: "from {{ ref('bronze.raw') }}" }, refuse)).toEqual(failure);
  });

  test('a defect of ours fails the run as internal, and its text stays in the process', async () => {
    const broken = () => Promise.reject(new TypeError('secret detail'));
    const failure = await lab.failureOf({ sql: "from {{ ref('bronze.raw') }}" }, broken);
    expect(failure).toMatchObject({ code: 'internal', phase: 'detect' });
    expect(failure.message).not.toContain('secret');
    expect(lab.defects).toHaveLength(1);
  });

  test('a folder that cannot be made is a failure of the storage', async () => {
    await mkdir(join(lab.root, 'x'));
    await writeFile(join(lab.root, 'x/file'), '');
    const failure = await lab.failureOf({ stagingDir: join(lab.root, 'x/file/staging') });
    expect(failure.code).toBe('storage_unavailable');
    expect(failure.message).not.toContain(lab.root);
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
        lab.onMark = (mark) => {
          if (mark !== `${phase} started`) return;
          // Waits until the phase is at work, since its start mark precedes the work.
          setImmediate(() => {
            abortedAt = performance.now();
            controller.abort();
          });
        };
        expect(await lab.execute(overrides, nothingWanted, controller.signal)).toEqual({
          kind: 'interrupted',
        });
        expect(lab.ended().at(-1)).toBe(`${phase} cancelled`);
        return performance.now() - abortedAt;
      });
      expect(took).toBeLessThan(1_000);
    },
  );

  test.each([
    ['without tests', {}],
    ['with tests', { qualityTests: [check('from {{ this }} where false')] }],
  ])(
    'a run %s that is aborted while its branch is made is over only when its session has closed',
    async (_, overrides) => {
      const controller = new AbortController();
      const told: string[] = [];
      lab.engine = {
        ...duckdbEngine,
        open: async (options) => {
          const session = await duckdbEngine.open(options);
          const inputColumns = session.inputColumns.bind(session);
          const close = session.close.bind(session);
          return Object.assign(session, {
            inputColumns: async () => {
              await new Promise((resolve) => setTimeout(resolve, 200));
              told.push('columns');
              return inputColumns();
            },
            close: async () => {
              await close();
              told.push('closed');
            },
          });
        },
      };
      lab.audit = () => {
        controller.abort();
        return Promise.reject(controller.signal.reason);
      };
      const outcome = await lab.execute(overrides, nothingWanted, controller.signal);
      expect(outcome).toEqual({ kind: 'interrupted' });
      expect(told).toEqual(['columns', 'closed']);
    },
  );

  test('a run that is aborted before its start opens nothing', async () => {
    expect(await lab.execute({}, nothingWanted, AbortSignal.abort())).toEqual({
      kind: 'interrupted',
    });
    expect(lab.ended()).toEqual(['detect cancelled']);
    expect(await readdir(lab.root)).toEqual([]);
  });
});
