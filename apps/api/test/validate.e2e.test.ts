import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RatedIssue, ValidateAnswer } from '@rat/contracts';
import { startFleet, type Fleet } from '@rat/testing';
import { good, inTest, MISTAKES, ORDERS, type Files } from './pipeline-mistakes.ts';

let fleet: Fleet;

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  await fleet.putPipeline('default/bronze/orders', {
    sql: "SELECT 1::BIGINT AS id, 'a' AS name, DATE '2026-01-02' AS day, 1.5::DECIMAL(9,2) AS amount",
    config: { merge_strategy: 'incremental', unique_key: 'id', watermark_column: 'day' },
  });
  const id = await fleet.createRun('default/bronze/orders');
  await fleet.spy.waitFor(id, 'success');
  const zone = join(fleet.home, 'landing', 'default', 'files');
  await mkdir(zone, { recursive: true });
  await writeFile(join(zone, 'a.csv'), 'id,name\n1,x\n2,y\n');
}, 120_000);
afterAll(() => fleet.close());

async function send(method: string, path: string, body: object) {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function validate(files: Files, name = 'report'): Promise<ValidateAnswer> {
  const ref = { namespace: 'default', layer: 'silver', name };
  const { status, body } = await send('POST', '/pipelines/validate', { ref, files });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body as unknown as ValidateAnswer;
}

describe('the place of a mistake is what an editor would underline', () => {
  test('there are at least 40 mistakes', () => {
    expect(MISTAKES.length).toBeGreaterThanOrEqual(40);
  });

  test.each(MISTAKES)('%s', async (_, { said, files, path, place }) => {
    const { issues } = await validate(files);
    expect(issues.filter(isError)).toEqual([
      expect.objectContaining({
        path: expect.stringMatching(path),
        message: expect.stringContaining(said),
        ...place,
      }),
    ]);
    expect(JSON.stringify(issues)).not.toMatch(/rat_inputs|getvariable|rat_tested|LINE \d/);
  });
});

describe('a write of a pipeline with a mistake answers what validate answers about it', () => {
  /** The severity differs: a PUT stores what fails only as the tables are, with a warning. */
  const withoutSeverity = (issues: readonly Partial<RatedIssue>[] = []) =>
    issues.map((issue) => ({ ...issue, severity: undefined }));

  test.each(MISTAKES)('%s', async (_, { files }) => {
    const issues = withoutSeverity((await validate(files, 'mistaken')).issues.filter(isError));
    const put = (await send('PUT', '/pipelines/default/silver/mistaken', files)).body as Written;
    expect(withoutSeverity(put.error?.issues ?? put.warnings)).toEqual(issues);
    const path = '/pipelines/default/silver/mistaken_draft/draft';
    const draft = await send('PUT', path, { ...files, base_version: 0 });
    // A message may name the pipeline's own table.
    const named = JSON.stringify(issues).replaceAll('silver.mistaken', 'silver.mistaken_draft');
    expect(JSON.stringify(withoutSeverity((draft.body as Written).issues))).toBe(named);
  });
});

interface Written {
  error?: { issues: RatedIssue[] };
  warnings?: RatedIssue[];
  issues?: RatedIssue[];
}

function isError({ severity }: RatedIssue): boolean {
  return severity === 'error';
}

describe('validate', () => {
  test('answers the columns, the inputs and the facts of a run of a pipeline without mistakes', async () => {
    const answer = await validate({
      sql: `SELECT o.id, f.name AS file_name, o.amount, [o.day] AS days\nFROM ${ORDERS} o JOIN read_csv('{{ landing_zone("files") }}') f USING (id)\n{% if is_incremental() %}WHERE o.day > '{{ run_started_at }}'{% endif %}`,
      quality_tests: [{ name: 'rule', sql: 'SELECT * FROM {{ this }} WHERE file_name IS NULL' }],
      config: { tests: [{ not_null: 'id' }] },
    });
    expect(answer).toEqual({
      issues: [],
      refs: ['default.bronze.orders'],
      landing_zones: ['files'],
      params: ['is_incremental', 'run_started_at'],
      declared_params: {},
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'file_name', type: 'VARCHAR' },
        { name: 'amount', type: 'DECIMAL(9,2)' },
        { name: 'days', type: 'DATE[]' },
      ],
    });
  });

  test('answers the parameters that the settings declare, and none while the settings are wrong', async () => {
    const sql = `SELECT {{ param('day') }} AS day`;
    const declare = (params: string) => validate({ sql, config: `params:\n${params}` });
    const right = await declare('  day: {type: date, default: 2026-11-29}\n  n: {type: integer}\n');
    expect(right).toMatchObject({
      issues: [],
      declared_params: { day: { type: 'date', default: '2026-11-29' }, n: { type: 'integer' } },
    });
    const wrong = await declare('  day: {type: dates}\n');
    expect(wrong).toMatchObject({
      issues: expect.arrayContaining([expect.objectContaining({ path: 'config.params.day.type' })]),
      declared_params: {},
    });
  });

  test('a table that does not exist yet is a warning, and only what depends on it is not bound', async () => {
    const sql = [
      `CREATE TEMP TABLE a AS SELECT * FROM {{ ref('bronze.later') }};`,
      `CREATE TEMP TABLE b AS SELECT nope FROM ${ORDERS};`,
      'SELECT whatever FROM a',
    ].join('\n');
    const { issues, columns } = await validate({ sql });
    expect(issues).toMatchObject([
      { severity: 'error', message: expect.stringContaining('nope'), line: 2, column: 31 },
      {
        severity: 'warning',
        message: expect.stringContaining('table default.bronze.later does not exist yet'),
        line: 1,
        column: 41,
        fix: expect.stringContaining('default.bronze.later'),
      },
    ]);
    expect(columns).toEqual([]);
  });

  test('a pipeline binds against its own table as it is, and against the columns of its first run', async () => {
    const own =
      'SELECT 7::BIGINT AS id {% if is_incremental() %}FROM {{ this }} WHERE id > 1{% endif %}';
    expect((await validate({ sql: own }, 'unborn')).issues).toEqual([]);
    const reads = 'SELECT * FROM {{ this }}';
    expect((await validate({ sql: reads }, 'unborn')).issues).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('a first run reads'), line: 1 },
    ]);
  });

  test('a test in the configuration that names no column is an issue of that test', async () => {
    const { issues } = await validate({ sql: good, config: { tests: [{ not_null: 'nope' }] } });
    expect(issues).toMatchObject([{ path: 'config.tests.0', severity: 'error' }]);
  });

  test('statements run on no rows, so a check of endless SQL ends', async () => {
    const endless = 'SELECT a.range AS n FROM range(9000000000) a, range(9000000000) b';
    const sql = `CREATE TEMP TABLE t AS ${endless};\nINSERT INTO t ${endless};\nSELECT sum(n) AS n FROM t`;
    const { issues, columns } = await validate({ sql });
    expect(issues).toEqual([]);
    expect(columns).toEqual([{ name: 'n', type: 'HUGEINT' }]);
  });
});

describe('validate of pipelines that are stored together', () => {
  const withOthers = async (files: Files, name: string, others: Record<string, string[]>) => {
    const ref = { namespace: 'default', layer: 'silver', name };
    const sent = { ref, files, stored_with: others };
    const { status, body } = await send('POST', '/pipelines/validate', sent);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    return (body as unknown as ValidateAnswer).issues;
  };
  const reading = (name: string): Files => ({
    sql: `SELECT 1 AS n FROM {{ ref('silver.${name}') }}`,
  });

  test('finds a cycle of refs that none of them closes with what is stored', async () => {
    expect((await validate(reading('together_b'), 'together_a')).issues.filter(isError)).toEqual(
      [],
    );
    const others = { 'default.silver.together_b': ['default.silver.together_a'] };
    expect(await withOthers(reading('together_b'), 'together_a', others)).toMatchObject([
      {
        severity: 'error',
        line: 1,
        message:
          'the refs make a cycle: default.silver.together_a → default.silver.together_b → default.silver.together_a',
      },
      { severity: 'warning' },
    ]);
  });

  test('finds no cycle with a ref that another one of them drops', async () => {
    await send('PUT', '/pipelines/default/silver/drops', reading('takes'));
    expect((await validate(reading('drops'), 'takes')).issues.filter(isError)).toHaveLength(1);
    const others = { 'default.silver.drops': [] };
    const issues = await withOthers(reading('drops'), 'takes', others);
    expect(issues.filter(isError)).toEqual([]);
  });

  test('has an error only where a PUT refuses', async () => {
    const now = { sql: `SELECT nme FROM ${ORDERS}` };
    expect((await validate(now)).issues).toMatchObject([{ severity: 'error' }]);
    expect(await withOthers(now, 'report', {})).toMatchObject([{ severity: 'warning' }]);
    const never = await withOthers({ sql: 'SELEC 1' }, 'report', {});
    expect(never).toMatchObject([{ severity: 'error', line: 1 }]);
  });

  test('refuses a name that is no address of a pipeline', async () => {
    const ref = { namespace: 'default', layer: 'silver', name: 'report' };
    const sent = { ref, files: { sql: good }, stored_with: { 'silver.orders': [] } };
    expect((await send('POST', '/pipelines/validate', sent)).status).toBe(400);
  });
});

describe('PUT', () => {
  const put = (name: string, body: object) =>
    send('PUT', `/pipelines/default/silver/${name}`, body);

  test.each<[string, Files]>([
    ['SELEC 1', { sql: 'SELEC 1' }],
    ['GROUP BYY', { sql: `SELECT name FROM ${ORDERS} GROUP BYY name` }],
    [
      'a Python text',
      { sql: 'import pandas as pd\n\ndef run(orders):\n    return orders.head()\n' },
    ],
    ['a later run only', { sql: 'SELECT 1 AS a {% if is_incremental() %}FORM{% endif %} x y' }],
    ['an unknown setting', { sql: good, config: { merge_stratgy: 'incremental' } }],
    ['a test of two queries', inTest('SELECT 1; SELECT 2')],
  ])('refuses what can never run, and stores nothing: %s', async (_, files) => {
    const { status, body } = await put('refused', files);
    expect(status).toBe(422);
    const { issues } = body['error'] as { issues: RatedIssue[] };
    expect(issues).not.toEqual([]);
    expect(JSON.stringify(await fleet.getJson('/pipelines?limit=100'))).not.toContain('"refused"');
  });

  test('a Python text is called one, with what to write instead', async () => {
    const { body } = await put('python', { sql: 'import os\nfrom x import y\n' });
    expect(body).toMatchObject({
      error: {
        issues: [{ path: 'sql', line: 1, column: 1, message: expect.stringContaining('Python') }],
      },
    });
  });

  test('stores a ref to a table that does not exist yet, with a warning', async () => {
    const { status, body } = await put('early', {
      sql: "SELECT * FROM {{ ref('silver.unborn') }}",
    });
    expect(status).toBe(201);
    expect(body['warnings']).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('silver.unborn does not exist yet') },
    ]);
  });

  test('stores what only fails as the tables are now, with a warning', async () => {
    const { status, body } = await put('hopeful', { sql: `SELECT nme FROM ${ORDERS}` });
    expect(status).toBe(201);
    expect(body['warnings']).toMatchObject([{ severity: 'warning', line: 1, column: 8 }]);
  });

  test('of unchanged content checks nothing and stores nothing', async () => {
    const files = { sql: `SELECT nme FROM ${ORDERS} WHERE 1 = 1` };
    expect((await put('again', files)).body['warnings']).toHaveLength(1);
    const { status, body } = await put('again', files);
    expect(status).toBe(200);
    expect(body).toMatchObject({ result: 'unchanged', warnings: [], version: 1 });
  });

  test('refuses a cycle of refs and names its pipelines in order', async () => {
    expect(
      (await put('cycle_a', { sql: "SELECT 1 AS a FROM {{ ref('silver.cycle_b') }}" })).status,
    ).toBe(201);
    expect(
      (await put('cycle_b', { sql: "SELECT 1 AS a FROM {{ ref('silver.cycle_c') }}" })).status,
    ).toBe(201);
    const { status, body } = await put('cycle_c', {
      sql: "SELECT 1 AS a\n{% if is_incremental() %}FROM {{ ref('silver.cycle_a') }}{% endif %}",
    });
    expect(status).toBe(422);
    const [first] = (body['error'] as { issues: RatedIssue[] }).issues;
    expect(first).toMatchObject({
      line: 2,
      message:
        'the refs make a cycle: default.silver.cycle_c → default.silver.cycle_a → default.silver.cycle_b → default.silver.cycle_c',
    });
    expect(
      (
        await put('self', {
          sql: "SELECT 1 AS a {% if is_incremental() %}FROM {{ ref('silver.self') }}{% endif %}",
        })
      ).status,
    ).toBe(201);
  });
});

test('a failed run says where in the author’s file and where in the compiled statement', async () => {
  await fleet.putPipeline('default/silver/fails', {
    sql: "-- one\n{# two #}\n-- three\nCREATE TEMP TABLE t AS SELECT 'x' AS a;\nSELECT\n  CAST(error(a) AS INTEGER) AS a, nope FROM t",
  });
  const id = await fleet.createRun('default/silver/fails');
  await fleet.spy.waitFor(id, 'failed');
  expect(await fleet.getJson(`/runs/${id}`)).toMatchObject({
    failure: {
      file: 'pipeline.sql',
      line: 6,
      source_line: 6,
      source_column: 35,
      statement_line: 2,
      statement_column: 35,
    },
  });
});
