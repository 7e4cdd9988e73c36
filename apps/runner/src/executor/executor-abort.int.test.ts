import { describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLogger } from '@rat/runtime';
import { bestOf } from '@rat/testing';
import { ENDLESS, listen, pidOf, prepareExecutorPools } from '../../test/executor-pools.ts';
import { deferred } from '../executor-protocol/deferred.ts';
import type { AuditAnswer } from './executor-pool.ts';

const { command, open, quick, root } = prepareExecutorPools();

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
    const deaf = join(root(), 'deaf.mjs');
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
