import type { StagedOutput } from '@rat/engine';
import { describe, expect, test } from '@jest/globals';
import { ENDLESS, listen, never, pidOf, prepareExecutorPools } from '../../test/executor-pools.ts';
import type { ExecutorPool } from './executor-pool.ts';

const { command, open, quick, root } = prepareExecutorPools();

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
      files: [{ recordCount: 1, path: expect.stringContaining(root()) }],
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
