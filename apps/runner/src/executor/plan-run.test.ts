import { describe, expect, test } from '@jest/globals';
import type { ExecuteCommand, QualityTest } from '@rat/contracts';
import { executeCommand } from '../../test/execute-command.ts';
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
  test('the last statement is the result, those before it only prepare', () => {
    const plan = planRun(command('create temp table t as select 1;\nselect * from t; -- end'));
    expect(plan.statements.map(({ text }) => text)).toEqual(['create temp table t as select 1']);
    expect(plan.result).toEqual({ text: 'select * from t', line: 2, column: 1 });
  });

  test('inputs of pipeline and tests are found together, each once', () => {
    const plan = planRun(
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

  test('in a test the own table is what was just written, so nothing has to be found for it', () => {
    const tests = ['from {{ this }}', "from {{ ref('silver.orders') }}"];
    expect(planRun(command('select 1', tests)).wanted.tables).toEqual([]);
    expect(planRun(command('from {{ this }}')).wanted.tables).toHaveLength(1);
  });

  test('a pipeline of comments only, and a test of several queries, are the author’s mistakes', () => {
    expect(() => planRun(command('-- nothing'))).toThrow('no statement');
    expect(() => planRun(command('select 1', ['select 1; select 2']))).toThrow('must be one query');
    expect(() => planRun(command('select 1', ['-- none']))).toThrow('must be one query');
  });
});
