import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '@rat/domain';
import type { WantedInputs } from '../executor-protocol/execution-host.ts';
import { check, ExecutionLab, targetAfter } from '../../test/execution-lab.ts';

let lab: ExecutionLab;
beforeEach(async () => {
  lab = await ExecutionLab.open();
});
afterEach(() => lab.close());

describe('quality tests', () => {
  test('quality tests see the new rows where the pipeline saw the old ones', async () => {
    await lab.execute({ stagingDir: join(lab.root, 'old') });
    const outcome = await lab.execute(
      {
        targetExists: true,
        sql: 'select a + 1 as a from {{ this }}',
        qualityTests: [check('from {{ this }} where a <> 2')],
      },
      () =>
        Promise.resolve({
          type: 'inputs',
          tables: { 'shop.silver.orders': lab.lastStaged() },
          landingZones: {},
        }),
    );
    expect(outcome.kind).toBe('finished');
  });

  test('quality tests wait until the staged files are a branch, and read it as its readers do', async () => {
    await lab.execute({ sql: 'select 1 as a, 2 as b', stagingDir: join(lab.root, 'old') });
    const [before] = lab.staged;
    lab.audit = () => {
      expect(lab.ended().at(-1)).toBe('write success');
      return Promise.resolve({ type: 'audit' });
    };
    const outcome = await lab.execute({
      sql: 'select 3::bigint as a',
      target: targetAfter(before),
      // The table keeps the column that the result no longer has.
      qualityTests: [check('from {{ this }} where b is not null or a <> 3')],
    });
    expect(outcome.kind).toBe('finished');
  });

  test('parallel quality tests see the same rows and inputs, and each is reported once', async () => {
    await lab.execute({ stagingDir: join(lab.root, 'input') });
    await writeFile(join(lab.root, 'upload.csv'), 'b\n7\n');
    const names = Array.from({ length: 8 }, (_, index) => `t${index}`);
    const sql =
      "select t.a, b from {{ this }} as t, read_csv({{ landing_zone('in') }}), {{ ref('bronze.raw') }} as raw where raw.a = 1";
    const failure = await lab.failureOf(
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
          tables: { 'shop.bronze.raw': lab.lastStaged() },
          landingZones: { in: [join(lab.root, 'upload.csv')] },
        });
      },
    );
    expect(failure).toMatchObject({ code: 'quality_failed', phase: 'quality' });
    const told = lab.results.toSorted((a, b) => (a.name < b.name ? -1 : 1));
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
    await lab.execute({ sql: 'select 1 as id', stagingDir: join(lab.root, 'input') });
    const failure = await lab.failureOf(
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
          tables: { 'shop.bronze.raw': lab.lastStaged() },
          landingZones: {},
        }),
    );
    expect(failure.code).toBe('quality_failed');
    expect(lab.results.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
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
    await lab.execute({ sql: 'select 1 as id', stagingDir: join(lab.root, 'input') });
    const tables = { 'shop.silver.orders': lab.lastStaged(), 'shop.bronze.raw': lab.lastStaged() };
    const failure = await lab.failureOf({ sql: `${statement}; select 1 as id` }, () =>
      Promise.resolve({ type: 'inputs', tables, landingZones: {} }),
    );
    expect(failure).toMatchObject({ code: 'sql_error', phase: 'build' });
    expect(failure.message).toContain('is not allowed');
  });

  test('quality tests do not run when the runner refuses the staged result', async () => {
    const failure: Failure = { code: 'catalog_unavailable', message: 'no', phase: 'write' };
    lab.audit = () => Promise.resolve({ type: 'refuse', failure });
    expect(await lab.failureOf({ qualityTests: [check('from {{ this }}')] })).toEqual(failure);
    expect(lab.ended()).toEqual(['detect success', 'build success', 'write success']);
  });

  test('a violation fails the run with its number and a short sample', async () => {
    const failure = await lab.failureOf({
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
    expect(lab.ended().at(-1)).toBe('quality failed');
  });

  test('quality tests of severity warn never fail the run, even if they cannot run', async () => {
    const outcome = await lab.execute({
      qualityTests: [
        check('from {{ this }}', { severity: 'warn' }),
        check('select nope', { name: 'broken', severity: 'warn' }),
      ],
    });
    expect(outcome.kind).toBe('finished');
    const warnings = lab.lines.filter((line) => line.level === 'warn').map((line) => line.message);
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
    const outcome = await lab.execute(
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
    const statuses = Object.fromEntries(lab.results.map(({ name, status }) => [name, status]));
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
    expect(lab.results.find(({ name }) => name === 'ref')?.message).toBe('no bronze.later');
  });

  test('a missing input of a test of severity error fails the run after all other tests ran', async () => {
    const missing = { 'shop.bronze.later': { code: 'source_not_found' as const, message: 'none' } };
    const failure = await lab.failureOf(
      {
        qualityTests: [
          check("FROM {{ ref('bronze.later') }}", { name: 'ref' }),
          check('SELECT * FROM {{ this }} WHERE a <> 1', { name: 'good' }),
        ],
      },
      () => Promise.resolve({ type: 'inputs', tables: {}, landingZones: {}, missing }),
    );
    expect(failure).toMatchObject({ code: 'source_not_found', phase: 'quality' });
    expect(lab.results.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
      'good passed',
      'ref error',
    ]);
  });

  test('a test that cannot run fails the run with the place in the test', async () => {
    const failure = await lab.failureOf({ qualityTests: [check('select\n nope from {{ this }}')] });
    expect(failure).toMatchObject({ code: 'sql_error', phase: 'quality', line: 2, column: 2 });
    expect(failure.message).toMatch(/^quality test check: /);
  });
});
