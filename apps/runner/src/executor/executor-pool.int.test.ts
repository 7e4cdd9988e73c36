import type { StagedOutput } from '@rat/engine';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExecuteCommand } from '@rat/contracts';
import { createLogger } from '@rat/runtime';
import { bestOf } from '@rat/testing';
import { executeCommand } from '../../test/execute-command.ts';
import { deferred } from '../executor-protocol/deferred.ts';
import {
  createExecutorPool,
  type AuditAnswer,
  type ExecutionHooks,
  type ExecutorPool,
  type ExecutorPoolOptions,
} from './executor-pool.ts';

// The child is a process of its own and reads no TypeScript, so it runs from the build.
const childEntry = new URL('../../dist/execution/child-main.js', import.meta.url);
// Endless in time only: the smaller side of the join stays in memory, so it fills no disk.
const ENDLESS = 'select count(*) as n from range(3000000) a, range(3000000) b';

let root: string;
let pools: ExecutorPool[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rat-pool-'));
  pools = [];
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await rm(root, { recursive: true, force: true });
});

function open(overrides: Partial<ExecutorPoolOptions> = {}): ExecutorPool {
  const log = createLogger('test', { level: 'silent' });
  const pool = createExecutorPool({
    size: 1,
    recycleAfterRuns: 100,
    log,
    childEntry,
    ...overrides,
  });
  pools.push(pool);
  return pool;
}

let runs = 0;
function command(sql: string, overrides: Partial<ExecuteCommand> = {}): ExecuteCommand {
  runs += 1;
  return executeCommand(root, {
    attempt: runs,
    sql,
    stagingDir: join(root, `staging_${runs}`),
    tempDir: join(root, `temp_${runs}`),
    ...overrides,
  });
}

const never = new AbortController().signal;

/**
 * Hooks that do nothing, and a promise of the run's write phase, in which its query is about to
 * run.
 */
function listen(overrides: Partial<ExecutionHooks> = {}) {
  let seen: () => void = () => undefined;
  const writing = new Promise<void>((resolve) => {
    seen = resolve;
  });
  const hooks: ExecutionHooks = {
    onLog: () => undefined,
    onPhase: (mark) => mark.name === 'write' && seen(),
    onQuality: () => undefined,
    resolveInputs: () => Promise.reject(new Error('nothing was wanted')),
    onStaged: () => Promise.resolve({ type: 'audit' }),
    ...overrides,
  };
  return { hooks, writing };
}

async function pidOf(pool: ExecutorPool): Promise<number> {
  const [pid] = pool.pids();
  if (pid === undefined) throw new Error('no child');
  return pid;
}

const quick = (pool: ExecutorPool) => pool.execute(command('select 1 as a'), listen().hooks, never);

describe('execute', () => {
  test('a run executes in another process, which is used again', async () => {
    const pool = open();
    const pids = new Set<number>();
    for (let i = 0; i < 3; i++) {
      const { hooks } = listen({ onPhase: () => void pids.add(pool.pids()[0] ?? 0) });
      expect(await pool.execute(command('select 1 as a'), hooks, never)).toMatchObject({
        kind: 'finished',
        rows: 1,
      });
    }
    expect(pids.size).toBe(1);
    expect(pids).not.toContain(process.pid);
  });

  test('log lines and phases arrive in order, and the run requests its inputs', async () => {
    const told: string[] = [];
    const { hooks } = listen({
      onLog: (line) => void told.push(line.message),
      onPhase: (mark) => void told.push(`${mark.name} ${mark.status}`),
      resolveInputs: (wanted) => {
        told.push(JSON.stringify(wanted));
        const failure = { code: 'source_not_found' as const, message: 'no such table' };
        return Promise.resolve({ type: 'refuse', failure });
      },
    });
    const outcome = await open().execute(command("from {{ ref('bronze.raw') }}"), hooks, never);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'source_not_found' } });
    expect(told).toEqual([
      'detect started',
      'Starting pipeline silver.orders',
      '{"tables":[{"namespace":"shop","layer":"bronze","name":"raw"}],"landingZones":[]}',
      'detect failed',
    ]);
  });

  test('a paused run stops before its next statement, and continues after a resume', async () => {
    const told: string[] = [];
    let resume: () => void = () => undefined;
    const { hooks } = listen({
      onFlow: (flow) => {
        flow.pause();
        resume = () => flow.resume();
      },
      onLog: (line) => void told.push(line.message),
      onPhase: (mark) => {
        told.push(`${mark.name} ${mark.status}`);
        if (mark.name === 'build' && mark.status === 'started') resume();
      },
    });
    const outcome = await open().execute(command('select 1 as a'), hooks, never);
    expect(outcome).toMatchObject({ kind: 'finished', rows: 1 });
    expect(told).toContain('write success');
  });

  test('a long statement reports its progress', async () => {
    const stop = new AbortController();
    const told: unknown[] = [];
    const { hooks } = listen({
      onProgress: (progress) => {
        told.push(progress);
        stop.abort();
      },
    });
    const outcome = await open().execute(command(ENDLESS), hooks, stop.signal);
    expect(outcome).toEqual({ kind: 'interrupted' });
    expect(told[0]).toMatchObject({ phase: 'write', percent: expect.any(Number) });
  });

  test('a paused run can be interrupted', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const { hooks } = listen({
      onFlow: (flow) => flow.pause(),
      onLog: (line) => void told.push(line.message),
      onPhase: (mark) => mark.name === 'build' && stop.abort(),
    });
    const pool = open();
    const outcome = await pool.execute(command('select 1 as a'), hooks, stop.signal);
    expect(outcome).toEqual({ kind: 'interrupted' });
    expect(told).not.toContain('select 1 as a');
    expect(await quick(pool)).toMatchObject({ kind: 'finished' });
  });

  test('an error of resolving the inputs rejects the run after it has stopped', async () => {
    const pool = open();
    const { hooks } = listen({ resolveInputs: () => Promise.reject(new Error('database down')) });
    const running = pool.execute(command("from {{ ref('bronze.raw') }}"), hooks, never);
    await expect(running).rejects.toThrow('database down');
    expect(await quick(pool)).toMatchObject({ kind: 'finished' });
  });

  test('a run reports its staged result, waits for the tests’ start, and ends with the same result', async () => {
    const told: string[] = [];
    let staged: StagedOutput | undefined;
    const { hooks } = listen({
      onPhase: (mark) => void told.push(`${mark.name} ${mark.status}`),
      onStaged: (result) => {
        staged = result;
        told.push('staged');
        return Promise.resolve({ type: 'audit' });
      },
    });
    const qualityTests = [
      { name: 't', sql: 'from {{ this }} where a <> 1', severity: 'error' as const },
    ];
    const outcome = await open().execute(command('select 1 as a', { qualityTests }), hooks, never);
    expect(told.slice(-4)).toEqual([
      'write success',
      'staged',
      'quality started',
      'quality success',
    ]);
    expect(outcome).toEqual({ kind: 'finished', ...staged });
    expect(staged).toMatchObject({
      rows: 1,
      files: [{ recordCount: 1, path: expect.stringContaining(root) }],
      schema: { fields: [{ id: 1, name: 'a', type: 'int' }] },
    });
  });

  test('a refused staged result fails the run', async () => {
    const failure = { code: 'catalog_unavailable' as const, message: 'no catalog' };
    const { hooks } = listen({ onStaged: () => Promise.resolve({ type: 'refuse', failure }) });
    expect(await open().execute(command('select 1 as a'), hooks, never)).toMatchObject({
      kind: 'failed',
      failure,
    });
  });

  test('an error of making the branch rejects the run, and the child stays in use', async () => {
    const pool = open();
    const { hooks } = listen({ onStaged: () => Promise.reject(new Error('database down')) });
    await expect(pool.execute(command('select 1 as a'), hooks, never)).rejects.toThrow(
      'database down',
    );
    expect(await quick(pool)).toMatchObject({ kind: 'finished' });
  });

  test('at most `size` runs execute at once, and further ones wait in order', async () => {
    const pool = open();
    const order: string[] = [];
    const start = (name: string) => {
      const { hooks } = listen({
        onPhase: (mark) => mark.name === 'detect' && void order.push(`${name} ${mark.status}`),
      });
      return pool.execute(command('select 1 as a'), hooks, never);
    };
    await Promise.all([start('a'), start('b'), start('c')]);
    expect(order).toEqual(
      ['a', 'b', 'c'].flatMap((name) => [`${name} started`, `${name} success`]),
    );
    expect(pool.pids()).toHaveLength(2);
  });

  test('the child has no variable of the runner’s environment', async () => {
    process.env['RAT_TEST_SECRET'] = 'secret';
    try {
      const pool = open();
      await quick(pool);
      const { readFile } = await import('node:fs/promises');
      const environment = await readFile(`/proc/${await pidOf(pool)}/environ`, 'utf8');
      const names = environment.split('\0').map((entry) => entry.split('=')[0]);
      expect(names.filter((name) => name && !name.startsWith('NODE_CHANNEL'))).toEqual(['TZ']);
    } finally {
      delete process.env['RAT_TEST_SECRET'];
    }
  });
});

describe('an abort', () => {
  test('an abort interrupts the query within a second and keeps the child', async () => {
    const pool = open();
    const took = await bestOf({ times: 3, enough: 1_000 }, async () => {
      const controller = new AbortController();
      const { hooks, writing } = listen();
      const running = pool.execute(command(ENDLESS), hooks, controller.signal);
      await writing;
      const pid = await pidOf(pool);
      const abortedAt = performance.now();
      controller.abort();
      expect(await running).toEqual({ kind: 'interrupted' });
      const ms = performance.now() - abortedAt;
      expect(await quick(pool)).toMatchObject({ kind: 'finished' });
      return pool.pids().includes(pid) ? ms : Infinity;
    });
    expect(took).toBeLessThan(1_000);
  });

  test('an abort before the run, or during its wait for a place, starts nothing', async () => {
    const pool = open();
    const { hooks, writing } = listen();
    const controller = new AbortController();
    const running = pool.execute(command(ENDLESS), hooks, controller.signal);
    await writing;
    const fail = () => {
      throw new Error('it started');
    };
    const waitingHooks = listen({ onPhase: fail }).hooks;
    const waiting = new AbortController();
    const queued = pool.execute(command('select 1'), waitingHooks, waiting.signal);
    const aborted = pool.execute(command('select 1'), waitingHooks, AbortSignal.abort());
    waiting.abort();
    expect(await queued).toEqual({ kind: 'interrupted' });
    expect(await aborted).toEqual({ kind: 'interrupted' });
    controller.abort();
    await running;
  });

  test('an abort while the branch is made waits only for that hook, and keeps the child', async () => {
    // On a loaded machine a child may get no processor for a second. The log tells how it died.
    const log = createLogger('test', { level: 'warn' });
    const pool = open({ patienceMs: 20_000, log });
    const controller = new AbortController();
    const branch = deferred<AuditAnswer>();
    const asked = deferred<void>();
    const { hooks } = listen({
      onStaged: () => {
        asked.resolve();
        return branch.promise;
      },
    });
    let ended = false;
    const running = pool.execute(command('select 1 as a'), hooks, controller.signal);
    const watched = running.finally(() => {
      ended = true;
    });
    await asked.promise;
    const pid = await pidOf(pool);
    controller.abort();
    // Longer than an interrupted child takes to answer: another run in another child, from start to
    // end.
    await quick(open());
    expect(ended).toBe(false);
    branch.resolve({ type: 'audit' });
    expect(await watched).toEqual({ kind: 'interrupted' });
    expect(pool.pids()).toContain(pid);
    expect(await quick(pool)).toMatchObject({ kind: 'finished' });
  });

  test('an abort that a child does not follow ends the child', async () => {
    // Begins, and then ignores all messages and SIGTERM, like a process stuck in native code.
    const mark = {
      type: 'phase',
      name: 'write',
      status: 'started',
      startedAt: '2026-07-01T10:00:00Z',
    };
    const deaf = join(root, 'deaf.mjs');
    await writeFile(
      deaf,
      `process.once('message', () => process.send(${JSON.stringify(mark)}));
       process.on('SIGTERM', () => undefined);
       process.on('disconnect', () => process.exit());
       process.send({ type: 'ready' });`,
    );
    const pool = open({ childEntry: pathToFileURL(deaf) });
    const controller = new AbortController();
    const { hooks, writing } = listen();
    const running = pool.execute(command('select 1'), hooks, controller.signal);
    await writing;
    const pid = await pidOf(pool);
    controller.abort();
    expect(await running).toEqual({ kind: 'interrupted' });
    expect(pool.pids()).not.toContain(pid);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('a child that dies', () => {
  test('a child that dies fails only its own run, names the probable cause, and is replaced', async () => {
    const pool = open({ size: 2 });
    const first = listen();
    const second = listen();
    const controller = new AbortController();
    const doomed = pool.execute(command(ENDLESS), first.hooks, never);
    const pid = await pidOf(pool);
    await first.writing;
    const other = pool.execute(command(ENDLESS), second.hooks, controller.signal);
    await second.writing;

    process.kill(pid, 'SIGKILL');
    expect(await doomed).toMatchObject({
      kind: 'failed',
      failure: { code: 'internal', message: expect.stringContaining('memory'), phase: 'write' },
    });
    expect(await quick(pool)).toMatchObject({ kind: 'finished' });
    controller.abort();
    expect(await other).toEqual({ kind: 'interrupted' });
    expect(pool.pids()).not.toContain(pid);
  });

  test('a child that crashes by itself reports its signal, and a killed one does not', async () => {
    const pool = open();
    const { hooks, writing } = listen();
    const doomed = pool.execute(command(ENDLESS), hooks, never);
    await writing;
    process.kill(await pidOf(pool), 'SIGSEGV');
    expect(await doomed).toMatchObject({
      kind: 'failed',
      failure: { code: 'internal', crash: 'SIGSEGV', phase: 'write' },
    });
    const second = listen();
    const killed = pool.execute(command(ENDLESS), second.hooks, never);
    await second.writing;
    process.kill(await pidOf(pool), 'SIGKILL');
    expect(await killed).not.toHaveProperty('failure.crash');
  });

  test('a child that dies while it is idle fails no run', async () => {
    const pool = open();
    await quick(pool);
    for (const pid of pool.pids()) process.kill(pid, 'SIGKILL');
    const outcomes = [await quick(pool), await quick(pool)];
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['finished', 'finished']);
  });

  test('a child that dies before it is ready fails the run that waits for it', async () => {
    const broken = join(root, 'broken.mjs');
    await writeFile(broken, 'process.exit(3)');
    const pool = open({ childEntry: pathToFileURL(broken) });
    expect(await quick(pool)).toMatchObject({ kind: 'failed', failure: { code: 'internal' } });
  });

  test('a child that breaks the protocol is ended', async () => {
    const babbling = join(root, 'babbling.mjs');
    await writeFile(
      babbling,
      `process.on('message', () => process.send({ type: 'nonsense' })); process.send({ type: 'ready' });
       process.on('disconnect', () => process.exit());`,
    );
    const pool = open({ childEntry: pathToFileURL(babbling) });
    expect(await quick(pool)).toMatchObject({ kind: 'failed', failure: { code: 'internal' } });
  });
});

describe('a child', () => {
  /** Runs a short run of a namespace; returns the process that executed it. */
  async function pidFor(pool: ExecutorPool, namespace: string): Promise<number> {
    const pids: number[] = [];
    const { hooks } = listen({ onPhase: () => void pids.push(pool.pids()[0] ?? 0) });
    const pipeline = { namespace, layer: 'silver' as const, name: 'orders' };
    const outcome = await pool.execute(command('select 1 as a', { pipeline }), hooks, never);
    expect(outcome).toMatchObject({ kind: 'finished' });
    return pids[0] ?? 0;
  }

  test('a child never serves two namespaces, and serves its own again', async () => {
    const pool = open({ size: 2 });
    const a = await pidFor(pool, 'a');
    const b = await pidFor(pool, 'b');
    expect(b).not.toBe(a);
    expect(await pidFor(pool, 'a')).toBe(a);
    expect(await pidFor(pool, 'b')).toBe(b);
  });

  test('a child of another namespace is stopped when there are too many, and an unused one is ready', async () => {
    const pool = open({ size: 1 });
    const used = new Map<number, string>();
    for (const namespace of ['a', 'b', 'c', 'c', 'a']) {
      const spares = pool.pids();
      const pid = await pidFor(pool, namespace);
      expect(spares).toContain(pid);
      expect(used.get(pid) ?? namespace).toBe(namespace);
      used.set(pid, namespace);
      expect(pool.pids()).toHaveLength(2);
    }
  }, 90_000);

  test('a child that held nearly all its memory is not used again', async () => {
    const pool = open();
    const { hooks } = listen();
    // Rows of a matrix, which the library allocates one by one until the system refuses.
    const hungry = "select damerau_levenshtein(repeat('a', 8000), repeat('b', 8000)) as n";
    const [first] = pool.pids();
    expect(await pool.execute(command(hungry), hooks, never)).toMatchObject({
      kind: 'failed',
      failure: { code: 'out_of_memory' },
    });
    await quick(pool);
    expect(pool.pids()).not.toContain(first);
  }, 90_000);
});

describe('the pool', () => {
  test('the pool replaces a child after its number of runs with a warm one', async () => {
    const pool = open({ recycleAfterRuns: 1 });
    await quick(pool);
    const [second] = pool.pids();
    const used: (number | undefined)[] = [];
    await pool.execute(
      command('select 1'),
      listen({ onPhase: () => void used.push(pool.pids()[0]) }).hooks,
      never,
    );
    expect(used[0]).toBe(second);
    await quick(pool);
    expect(pool.pids()).not.toContain(second);
  });

  test('the pool closes while a run is under way, and leaves no process', async () => {
    const pool = open();
    const { hooks, writing } = listen();
    const running = pool.execute(command(ENDLESS), hooks, never);
    const queued = quick(pool);
    await writing;
    const pids = pool.pids();
    const closedAt = performance.now();
    await pool.close();
    expect(performance.now() - closedAt).toBeLessThan(4_000);
    expect(await running).toEqual({ kind: 'interrupted' });
    expect(await queued).toEqual({ kind: 'interrupted' });
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await quick(pool)).toEqual({ kind: 'interrupted' });
  });
});
