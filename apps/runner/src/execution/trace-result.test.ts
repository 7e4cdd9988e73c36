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
const never = new AbortController().signal;

test('the same SQL on the same columns is bound once, and again when a column is new', async () => {
  const engine = engineOf(() => Promise.resolve(TRACED));
  for (let round = 0; round < 3; round += 1) {
    expect(await traceResult(engine, planOf('SELECT 1'), command, facts, never)).toEqual(TRACED);
  }
  expect(engine.calls()).toBe(1);
  const wider = { ...facts, tables: { 'd.bronze.a': [COLUMN, { name: 'y', type: 'DATE' }] } };
  await traceResult(engine, planOf('SELECT 1'), command, wider, never);
  await traceResult(engine, planOf('SELECT 2'), command, facts, never);
  expect(engine.calls()).toBe(3);
});

test('an engine that cannot tell makes the origins unknown, and throws nothing', async () => {
  const engine = engineOf(() => Promise.reject(new Error('no plan')));
  expect(await traceResult(engine, planOf('SELECT 3'), command, facts, never)).toBeNull();
});

test('without a table nothing is bound: columns come from nothing, and those of files are unknown', async () => {
  const engine = engineOf(() => Promise.resolve(TRACED));
  const none = { ...facts, tables: {} };
  expect(await traceResult(engine, planOf('SELECT 4'), command, none, never)).toEqual([
    { name: 'n', from: [] },
  ]);
  expect(
    await traceResult(engine, planOf('SELECT 4'), command, { ...none, zones: ['drops'] }, never),
  ).toBeNull();
  expect(engine.calls()).toBe(0);
});

test('a trace that an abort cut short is not kept', async () => {
  const controller = new AbortController();
  const cut = engineOf(() => {
    controller.abort();
    return Promise.reject(new Error('interrupted'));
  });
  expect(await traceResult(cut, planOf('SELECT 5'), command, facts, controller.signal)).toBeNull();
  const engine = engineOf(() => Promise.resolve(TRACED));
  expect(await traceResult(engine, planOf('SELECT 5'), command, facts, never)).toEqual(TRACED);
});
