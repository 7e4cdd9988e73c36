import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TimedOutError } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import { eventually } from '@rat/testing';
import { Children, type Child } from '../child-process/children.ts';
import { QueryRunner, type QueryRunnerOptions } from './query-runner.ts';

// The child is a process of its own, which reads no TypeScript: hence from the build.
const childEntry = new URL('../../dist/query/query-child-main.js', import.meta.url);
const never = new AbortController().signal;
const log = createLogger('test', { level: 'silent' });

/** Remembers which process received each question. */
class WatchedChildren extends Children {
  readonly asked: number[] = [];

  override start(...args: Parameters<Children['start']>): Child {
    const child = super.start(...args);
    const { process } = child;
    const send = process.send.bind(process) as (...sent: unknown[]) => boolean;
    process.send = (message: unknown, ...rest: unknown[]) => {
      const { type } = message as { type: string };
      if (['validate', 'query'].includes(type)) this.asked.push(process.pid ?? 0);
      return send(message, ...rest);
    };
    return child;
  }
}

let root: string;
let children: WatchedChildren;
let runner: QueryRunner;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-checks-'));
  open({});
});
afterEach(async () => {
  runner.close();
  await rm(root, { recursive: true, force: true });
});

function open(options: Partial<QueryRunnerOptions>): void {
  children = new WatchedChildren();
  runner = new QueryRunner({
    concurrency: 2,
    timeoutMs: 60_000,
    tempDir: root,
    // Far from what a check needs: a process that holds much would be replaced between two checks.
    memoryLimitMb: 512,
    tempLimitMb: 64,
    threads: 1,
    log,
    childEntry,
    children,
    ...options,
  });
}

interface Asked {
  timeoutMs?: number;
  resolve?: () => Promise<never>;
}

/** The messages of the issues that a check finds. */
function check(namespace: string, sql: string, asked: Asked = {}): Promise<string[]> {
  const pipeline = { namespace, layer: 'silver' as const, name: 'report' };
  const unsaved = { pipeline, sql, config: {}, qualityTests: [] };
  const nothing = { type: 'inputs' as const, tables: {}, landingZones: {} };
  const { timeoutMs, resolve = () => Promise.resolve(nothing) } = asked;
  return runner.ask(
    {
      what: 'check of the pipeline',
      namespace,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      command: (limits) => ({ type: 'validate', ...unsaved, ...limits }),
      resolve,
      read: (last) => {
        if (last.type !== 'checked') throw new Error(`a check was answered with ${last.type}`);
        return Promise.resolve(last.issues.map(({ message }) => message));
      },
    },
    { client: 'a', signal: never },
  );
}

async function query(sql: string): Promise<void> {
  const { rows } = await runner.run(
    { sql, namespace: 'sales', maxRows: 10 },
    () => Promise.resolve({ type: 'tables', tables: [] }),
    { client: 'a', signal: never },
  );
  await rows.close();
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('checks of one namespace share a process, and another namespace never meets it', async () => {
  expect(await check('sales', 'SELECT 1 AS a')).toEqual([]);
  expect(await check('sales', 'SELECT 2 AS a')).toEqual([]);
  expect(await check('stock', 'SELECT 1 AS a')).toEqual([]);
  expect(await check('sales', 'SELECT 3 AS a')).toEqual([]);
  const [first, second, third, fourth] = children.asked;
  expect(second).toBe(first);
  expect(new Set([first, third, fourth]).size).toBe(3);
});

test('a check leaves nothing of its SQL to the next one in the same process', async () => {
  const leaves = [
    'CREATE TABLE left_behind AS SELECT 1 AS a',
    'CREATE TEMP TABLE left_temp AS SELECT 1 AS a',
    'CREATE MACRO left_macro(x) AS x + 1',
    "CREATE TYPE left_type AS ENUM ('a')",
    'SELECT a FROM left_behind',
  ].join(';\n');
  expect(await check('sales', leaves)).toEqual([]);
  for (const [what, sql] of [
    ['left_behind', 'SELECT * FROM left_behind'],
    ['left_temp', 'SELECT * FROM left_temp'],
    ['left_macro', 'SELECT left_macro(1) AS a'],
    ['left_type', "SELECT 'a'::left_type AS a"],
  ] as const) {
    expect(await check('sales', sql)).toEqual([expect.stringContaining(what)]);
  }
  expect(new Set(children.asked).size).toBe(1);
  expect(await readdir(root)).toEqual([]);
});

test('a query never meets the process of a check, and no check that of a query', async () => {
  await check('sales', 'SELECT 1 AS a');
  await query('SELECT 1');
  await check('sales', 'SELECT 1 AS a');
  await query('SELECT 1');
  const [checked, queried, again, last] = children.asked;
  expect(again).toBe(checked);
  expect(new Set([checked, queried, last]).size).toBe(3);
  await eventually('its process has ended', () => !isAlive(queried));
});

test('the process of a check that did not end well answers no further one', async () => {
  const reads = "SELECT * FROM {{ ref('bronze.orders') }}";
  const hangs = () => new Promise<never>(() => undefined);
  const late = check('sales', reads, { timeoutMs: 1_500, resolve: hangs });
  await expect(late).rejects.toThrow(TimedOutError);
  const broken = check('sales', reads, { resolve: () => Promise.reject(new Error('no tables')) });
  await expect(broken).rejects.toThrow('no tables');
  await check('sales', 'SELECT 1 AS a');
  expect(new Set(children.asked).size).toBe(3);
  const [first, second] = children.asked;
  await eventually('both have ended', () => !isAlive(first) && !isAlive(second));
});

test('a process that died while it waited costs no check', async () => {
  await check('sales', 'SELECT 1 AS a');
  const [first = 0] = children.asked;
  process.kill(first, 'SIGKILL');
  await eventually('it has ended', () => !runner.pids().includes(first) || !isAlive(first));
  expect(await check('sales', 'SELECT 1 AS a')).toEqual([]);
  expect(children.asked[1]).not.toBe(first);
});

test('a process that waits ends when no check of its namespace comes, and with its runner', async () => {
  await check('sales', 'SELECT 1 AS a');
  const [first] = children.asked;
  runner.close();
  await eventually('it has ended with its runner', () => !isAlive(first));
  open({ keepMs: 50 });
  await check('sales', 'SELECT 1 AS a');
  const [second] = children.asked;
  await eventually('it has ended after its time', () => !isAlive(second));
  expect(runner.pids()).not.toContain(second);
});
