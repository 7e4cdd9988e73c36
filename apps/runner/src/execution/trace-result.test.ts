import { expect, test } from '@jest/globals';
import type { ColumnTrace } from '@rat/engine';
import type { RunPlan } from './plan-run.ts';
import { traceResult } from './trace-result.ts';

const TRACED: ColumnTrace[] = [{ name: 'n', from: [{ table: 'd.bronze.a', column: 'x' }] }];
const COLUMN = { name: 'x', type: 'INTEGER' };

function planOf(text: string): RunPlan {
  return { statements: [], result: { text, line: 1, column: 1 } } as unknown as RunPlan;
}

function engineOf(trace: () => Promise<ColumnTrace[]>) {
  let calls = 0;
  return {
    traceColumns: () => {
      calls += 1;
      return trace();
    },
    calls: () => calls,
  };
}

const facts = { tables: { 'd.bronze.a': [COLUMN] }, zones: [], result: [{ name: 'n' }] };
const command = { tempDir: '/nowhere' };

test('the same SQL on the same columns is bound once, and again when a column is new', async () => {
  const engine = engineOf(() => Promise.resolve(TRACED));
  for (let round = 0; round < 3; round += 1) {
    expect(await traceResult(engine, planOf('SELECT 1'), command, facts)).toEqual(TRACED);
  }
  expect(engine.calls()).toBe(1);
  const wider = { ...facts, tables: { 'd.bronze.a': [COLUMN, { name: 'y', type: 'DATE' }] } };
  await traceResult(engine, planOf('SELECT 1'), command, wider);
  await traceResult(engine, planOf('SELECT 2'), command, facts);
  expect(engine.calls()).toBe(3);
});

test('an engine that cannot tell makes the origins unknown, and throws nothing', async () => {
  const engine = engineOf(() => Promise.reject(new Error('no plan')));
  expect(await traceResult(engine, planOf('SELECT 3'), command, facts)).toBeNull();
});

test('without a table nothing is bound: columns come from nothing, and those of files are unknown', async () => {
  const engine = engineOf(() => Promise.resolve(TRACED));
  const none = { ...facts, tables: {} };
  expect(await traceResult(engine, planOf('SELECT 4'), command, none)).toEqual([
    { name: 'n', from: [] },
  ]);
  expect(
    await traceResult(engine, planOf('SELECT 4'), command, { ...none, zones: ['drops'] }),
  ).toBeNull();
  expect(engine.calls()).toBe(0);
});
