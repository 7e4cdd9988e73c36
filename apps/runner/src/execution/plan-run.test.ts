import { describe, expect, test } from '@jest/globals';
import type { ExecuteCommand, QualityTest } from '@rat/contracts';
import { executeCommand } from '../../test/execute-command.ts';
import { duckdbEngine } from '@rat/engine-duckdb';
import { planRun } from './plan-run.ts';

function command(sql: string, tests: string[] = []): ExecuteCommand {
  const qualityTests = tests.map((text, index): QualityTest => ({
    name: `t${index}`,
    sql: text,
    severity: 'error',
  }));
  return executeCommand('/shop', { sql, qualityTests });
}

describe('planRun', () => {
  test('a pipeline that needs more than its engine can do is refused', () => {
    const capabilities = { manyStatements: false, landingZones: false };
    const engine = { ...duckdbEngine, capabilities };
    const two = command('create temp table t as select 1; select * from t');
    expect(() => planRun(engine, two)).toThrow('runs one statement');
    const zone = command("select * from read_csv({{ landing_zone('in') }})");
    expect(() => planRun(engine, zone)).toThrow('reads no landing zones');
    expect(planRun(engine, command('select 1')).statements).toEqual([]);
  });

  test('the last statement is the result, and the earlier ones only prepare', () => {
    const plan = planRun(
      duckdbEngine,
      command('create temp table t as select 1;\nselect * from t; -- end'),
    );
    expect(plan.statements.map(({ text }) => text)).toEqual(['create temp table t as select 1']);
    expect(plan.result).toEqual({ text: 'select * from t', line: 2, column: 1 });
  });

  test('the inputs of pipeline and tests are requested together, each once', () => {
    const plan = planRun(
      duckdbEngine,
      command("select * from {{ ref('bronze.raw') }}, read_csv({{ landing_zone('in') }})", [
        "from {{ ref('bronze.raw') }}, {{ ref('gold.other') }}, read_csv({{ landing_zone('in') }})",
      ]),
    );
    expect(plan.wanted).toEqual({
      tables: [
        { namespace: 'shop', layer: 'bronze', name: 'raw' },
        { namespace: 'shop', layer: 'gold', name: 'other' },
      ],
      landingZones: ['in'],
    });
  });

  test('in a test the own table is the rows just written, so it is not requested', () => {
    const tests = ['from {{ this }}', "from {{ ref('silver.orders') }}"];
    expect(planRun(duckdbEngine, command('select 1', tests)).wanted.tables).toEqual([]);
    expect(planRun(duckdbEngine, command('from {{ this }}')).wanted.tables).toHaveLength(1);
  });

  test('a pipeline of comments only is the author’s failure', () => {
    expect(() => planRun(duckdbEngine, command('-- nothing'))).toThrow('no statement');
  });

  test('a value that the executed version does not declare, or of another type, is the failure of its settings', () => {
    const config = { params: { day: { type: 'date' } } } as const;
    const run = (params: Record<string, string>) =>
      planRun(duckdbEngine, { ...command("select {{ param('day') }}"), config, params });
    expect(run({ day: '2026-11-01' }).result.text).toBe("select CAST('2026-11-01' AS DATE)");
    expect(() => run({ day: 'x' })).toThrow('param day: must be a date such as 2026-11-29');
    expect(() => run({ dya: '2026-11-01' })).toThrow('param dya: is not known');
  });

  test('a test that is not one query is planned as an error, with its file', () => {
    const { tests } = planRun(
      duckdbEngine,
      command('select 1', ['select 1; select 2', '-- none', 'select 1\n{{ run_started_at.x.y }}']),
    );
    expect(tests.map(({ asks }) => ('failure' in asks ? asks.failure : undefined))).toMatchObject([
      { code: 'config_error', message: expect.stringContaining('must be one query') },
      { code: 'config_error', file: 'tests/quality/t1.sql' },
      { code: 'template_error', file: 'tests/quality/t2.sql', line: 2 },
    ]);
  });

  test('a run can do without an input that only tests read', () => {
    const tests = [
      "from {{ ref('gold.other') }}, read_csv({{ landing_zone('t') }})",
      "from {{ ref('bronze.raw') }}",
    ];
    expect(planRun(duckdbEngine, command("from {{ ref('bronze.raw') }}", tests)).testsOnly).toEqual(
      ['shop.gold.other', 't'],
    );
  });
});
