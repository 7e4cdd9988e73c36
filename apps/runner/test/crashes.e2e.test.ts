import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  backends,
  eventually,
  bestOf,
  startFleet,
  type Fleet,
  type ServiceProcess,
} from '@rat/testing';

/** Runs for minutes unless it is stopped: a cross join that no optimiser folds. */
const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;
const SHORT = 'SELECT 42 AS n';

interface RunView {
  status: string;
  attempt: number;
  error: string | null;
  failure: { code: string } | null;
  rows_written: number | null;
}

describe.each(backends())('a run on %s', (backend) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ backend, apis: 1, runners: 1, env: { RAT_LEASE_SECONDS: '4' } });
    await fleet.putPipeline('default/silver/endless', {
      sql: ENDLESS,
      config: { concurrency: { limit: 2 } },
    });
    await fleet.putPipeline('default/silver/short', { sql: SHORT });
    await fleet.putPipeline('default/silver/hasty', {
      sql: ENDLESS,
      config: { timeout_seconds: 1 },
    });
  }, 60_000);
  afterAll(() => fleet.close());

  async function view(id: string): Promise<RunView> {
    return (await fleet.getJson(`/runs/${id}`)) as RunView;
  }

  async function startEndless(): Promise<string> {
    const id = await fleet.createRun('default/silver/endless');
    await fleet.spy.waitFor(id, 'running');
    await eventually('its SQL is under way', async () => {
      const { logs } = (await fleet.getJson(`/runs/${id}/logs`)) as { logs: { message: string }[] };
      return logs.some((line) => line.message === 'Executing SQL...');
    });
    return id;
  }

  function newestRunner(): ServiceProcess {
    const runner = fleet.runners.at(-1);
    if (runner === undefined) throw new Error('the fleet has no runner');
    return runner;
  }

  /**
   * The processes that a runner started, ordered by the processor time of each with its
   * descendants, busiest first.
   */
  async function executorPids(runner: ServiceProcess): Promise<number[]> {
    const found: { pid: number; parent: number; ticks: number }[] = [];
    for (const entry of await readdir('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const stat = await readFile(join('/proc', entry, 'stat'), 'utf8').catch(() => '');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = Number(fields[11]) + Number(fields[12]);
      found.push({ pid: Number(entry), parent: Number(fields[1]), ticks });
    }
    // A sandbox is a chain of processes, and the last one does the work.
    const ticksBelow = (pid: number): number =>
      found
        .filter(({ parent }) => parent === pid)
        .reduce((sum, child) => sum + child.ticks + ticksBelow(child.pid), 0);
    return found
      .filter(({ parent }) => parent === runner.pid)
      .map(({ pid, ticks }) => ({ pid, ticks: ticks + ticksBelow(pid) }))
      .toSorted((a, b) => b.ticks - a.ticks)
      .map(({ pid }) => pid);
  }

  test('a run is cancelled in the middle of its SQL, and the answer is true at once and stays true', async () => {
    let id = '';
    const took = await bestOf({ times: 3, enough: 3_000 }, async () => {
      id = await startEndless();
      const url = `${fleet.apis[0]?.url ?? ''}/api/v1/runs/${id}/cancel`;
      const before = performance.now();
      const answer = await fetch(url, { method: 'POST' });
      const ms = performance.now() - before;
      expect(answer.status).toBe(200);
      expect(await view(id)).toMatchObject({ status: 'cancelled', rows_written: null });
      const again = await fetch(url, { method: 'POST' });
      expect(again.status).toBe(409);
      return ms;
    });
    expect(took).toBeLessThan(3_000);
    // The slot is free again: the child really stopped.
    const next = await fleet.createRun('default/silver/short');
    await fleet.spy.waitFor(next, 'success');
    expect(await view(id)).toMatchObject({ status: 'cancelled' });
  }, 120_000);

  test('a run that exceeds its pipeline’s timeout fails as timed out', async () => {
    const id = await fleet.createRun('default/silver/hasty');
    await fleet.spy.waitFor(id, 'failed');
    expect(await view(id)).toMatchObject({ failure: { code: 'timed_out' } });
  });

  test('a run whose executor is killed is retried, and its neighbour does not notice', async () => {
    const neighbour = await startEndless();
    const victim = await startEndless();
    const [busiest] = await executorPids(newestRunner());
    // Either of the two; the other run must not notice.
    process.kill(busiest ?? 0, 'SIGKILL');
    const views = await eventually('one of them is hit', async () => {
      const both = await Promise.all([view(neighbour), view(victim)]);
      return both.some((one) => one.status !== 'running') ? both : undefined;
    });
    expect(views.map((one) => `${one.status} ${one.attempt}`).toSorted()).toEqual([
      'pending 1',
      'running 1',
    ]);
    for (const id of [neighbour, victim]) {
      await fetch(`${fleet.apis[0]?.url ?? ''}/api/v1/runs/${id}/cancel`, { method: 'POST' });
      expect((await view(id)).status).toBe('cancelled');
    }
  }, 60_000);

  test('a run whose runner is killed runs again elsewhere within fifteen seconds', async () => {
    const id = await startEndless();
    const victim = newestRunner();
    const executors = await executorPids(victim);
    await fleet.startRunner();
    const killedAt = performance.now();
    victim.kill('SIGKILL');
    await victim.exited;
    await eventually('the second attempt runs', async () => {
      const now = await view(id);
      return now.status === 'running' && now.attempt === 2;
    });
    expect(performance.now() - killedAt).toBeLessThan(15_000);
    await eventually('the dead runner leaves no executor behind', async () => {
      const alive = await Promise.all(
        executors.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone')),
      );
      return alive.every((stat) => stat === 'gone' || stat.includes(') Z '));
    });
    await fetch(`${fleet.apis[0]?.url ?? ''}/api/v1/runs/${id}/cancel`, { method: 'POST' });
    expect((await view(id)).status).toBe('cancelled');
  }, 60_000);

  test('a run whose runner is stopped returns to the queue and spends no attempt', async () => {
    const id = await startEndless();
    const leaving = newestRunner();
    await fleet.startRunner();
    const ended = await leaving.stop();
    expect(ended.code).toBe(0);
    await eventually('it runs elsewhere', async () => {
      const now = await view(id);
      return now.status === 'running' && now.attempt === 2;
    });
    await fetch(`${fleet.apis[0]?.url ?? ''}/api/v1/runs/${id}/cancel`, { method: 'POST' });
    expect((await view(id)).status).toBe('cancelled');
    const staged = await eventually('nothing staged is left', async () => {
      const data = join(fleet.home, 'warehouse/default/silver/endless/data');
      const left = await readdir(data).catch(() => []);
      return left.length === 0 ? 'nothing' : undefined;
    });
    expect(staged).toBe('nothing');
  }, 60_000);
});
