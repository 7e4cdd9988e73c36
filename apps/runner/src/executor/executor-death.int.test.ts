import { describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENDLESS, listen, never, pidOf, prepareExecutorPools } from '../../test/executor-pools.ts';

const { command, open, quick, root } = prepareExecutorPools();

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
    const broken = join(root(), 'broken.mjs');
    await writeFile(broken, 'process.exit(3)');
    const pool = open({ childEntry: pathToFileURL(broken) });
    expect(await quick(pool)).toMatchObject({ kind: 'failed', failure: { code: 'internal' } });
  });

  test('a child that breaks the protocol is ended', async () => {
    const babbling = join(root(), 'babbling.mjs');
    await writeFile(
      babbling,
      `process.on('message', () => process.send({ type: 'nonsense' })); process.send({ type: 'ready' });
       process.on('disconnect', () => process.exit());`,
    );
    const pool = open({ childEntry: pathToFileURL(babbling) });
    expect(await quick(pool)).toMatchObject({ kind: 'failed', failure: { code: 'internal' } });
  });
});
