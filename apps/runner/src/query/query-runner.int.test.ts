import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, LimitError, UnavailableError } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import { QueryRunner, type QueryRunnerOptions } from './query-runner.ts';

// The child is a process of its own, which reads no TypeScript: hence from the build.
const childEntry = new URL('../../dist/query/query-child-main.js', import.meta.url);
const ENDLESS = 'SELECT count(*) AS n FROM range(3000000) a, range(3000000) b';

let root: string;
let runners: QueryRunner[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-queries-'));
  runners = [];
});
afterEach(async () => {
  for (const runner of runners) runner.close();
  await rm(root, { recursive: true, force: true });
});

function open(overrides: Partial<QueryRunnerOptions> = {}): QueryRunner {
  const runner = new QueryRunner({
    concurrency: 2,
    timeoutMs: 60_000,
    tempDir: root,
    memoryLimitMb: 128,
    tempLimitMb: 64,
    threads: 1,
    log: createLogger('test', { level: 'silent' }),
    childEntry,
    ...overrides,
  });
  runners.push(runner);
  return runner;
}

interface Asked {
  client?: string;
  mayWait?: boolean;
  signal?: AbortSignal;
  onBegun?: () => void;
}

async function ask(runner: QueryRunner, sql: string, asked: Asked = {}): Promise<unknown> {
  const { client = 'a', mayWait = true, onBegun } = asked;
  const { signal = new AbortController().signal } = asked;
  const resolve = () => {
    onBegun?.();
    return Promise.resolve({ type: 'tables' as const, tables: [] });
  };
  const query = { sql, namespace: 'default', maxRows: 1_000 };
  const { rows } = await runner.run(query, resolve, { client, mayWait, signal });
  try {
    return await json(rows.read());
  } finally {
    await rows.close();
  }
}

/** A query that does not end: its process, and how it ends all the same. */
async function startEndless(
  runner: QueryRunner,
  asked: Asked = {},
): Promise<{ ended: Promise<unknown>; pid: number }> {
  let onBegun = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    onBegun = resolve;
  });
  const ended = ask(runner, ENDLESS, { ...asked, onBegun }).catch((error: unknown) => error);
  await begun;
  return { ended, pid: runner.pids()[0] ?? 0 };
}

describe('a query', () => {
  test('that brings its process down is its author’s mistake, and hurts no other', async () => {
    const runner = open();
    const { ended, pid } = await startEndless(runner);
    process.kill(pid, 'SIGSEGV');
    const error = await ended;
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({
      message: expect.stringContaining('brought its process down (SIGSEGV)'),
    });
    expect(await ask(runner, 'SELECT 1')).toEqual([[1]]);
  });

  test('is answered whether or not its process has ended its rehearsal', async () => {
    for (const afterMs of [0, 60, 90, 120, 150, 180, 210, 240, 300, 1_000]) {
      const runner = open();
      await sleep(afterMs);
      expect(await ask(runner, 'SELECT 1 AS n')).toEqual([[1]]);
      runner.close();
    }
  });

  test('whose process is killed from outside may be asked again', async () => {
    const runner = open();
    const { ended, pid } = await startEndless(runner);
    process.kill(pid, 'SIGKILL');
    expect(await ended).toBeInstanceOf(UnavailableError);
  });

  test('that needs more memory than it may use is refused for that', async () => {
    const error = await ask(open(), 'SELECT len(range(2000000000))').catch((one: unknown) => one);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ message: expect.stringContaining('memory') });
  });

  test('one row of which is larger than an answer may be is refused for that', async () => {
    const asked = ask(open(), "SELECT repeat('x', 20000000)");
    await expect(asked).rejects.toThrow(
      'one row, or the names of the columns, take more than the 16 MB',
    );
  });
});

describe('places', () => {
  test('a long query of one client leaves a place for another client', async () => {
    const runner = open();
    const stop = new AbortController();
    const { ended } = await startEndless(runner, { client: 'a', signal: stop.signal });
    const second = ask(runner, ENDLESS, { client: 'a', signal: stop.signal }).catch(
      () => 'refused',
    );
    expect(await ask(runner, 'SELECT 1', { client: 'b' })).toEqual([[1]]);
    stop.abort();
    await Promise.all([ended, second]);
  });

  test('a query waits for its place, and is refused when none is free in time', async () => {
    const runner = open({ waitMs: 300 });
    const stop = new AbortController();
    const { ended } = await startEndless(runner, { signal: stop.signal });
    await expect(ask(runner, 'SELECT 1')).rejects.toThrow(LimitError);
    stop.abort();
    await ended;
    expect(await ask(runner, 'SELECT 1')).toEqual([[1]]);
  });

  test('a query that may not wait is refused at once', async () => {
    const runner = open({ waitMs: 60_000 });
    const stop = new AbortController();
    const { ended } = await startEndless(runner, { signal: stop.signal });
    await expect(ask(runner, 'SELECT 1', { mayWait: false })).rejects.toThrow(LimitError);
    stop.abort();
    await ended;
    expect(await ask(runner, 'SELECT 1', { mayWait: false })).toEqual([[1]]);
  });

  test('a query that waits begins as soon as its client has a place again', async () => {
    const runner = open({ waitMs: 60_000 });
    const stop = new AbortController();
    const { ended } = await startEndless(runner, { signal: stop.signal });
    const waiting = ask(runner, 'SELECT 2');
    stop.abort();
    await ended;
    expect(await waiting).toEqual([[2]]);
  });

  test('a query that nobody waits for any more leaves the line', async () => {
    const runner = open({ waitMs: 60_000 });
    const stop = new AbortController();
    const { ended } = await startEndless(runner, { signal: stop.signal });
    const gone = new AbortController();
    const waiting = ask(runner, 'SELECT 1', { signal: gone.signal });
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    stop.abort();
    await ended;
  });
});
