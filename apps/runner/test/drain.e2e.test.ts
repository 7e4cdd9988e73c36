import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseTableMetadata } from '@rat/iceberg';
import {
  backends,
  eventually,
  FaultProxy,
  startFleet,
  testRedisUrl,
  type Fleet,
} from '@rat/testing';

const DRAIN_SECONDS = 2;

/**
 * The runner's own limits add up to the drain time and 14 s; the rest is reserve for a busy
 * machine.
 */
const DEADLINE_MS = DRAIN_SECONDS * 1_000 + 25_000;

const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;

describe.each(backends())('a runner on %s that is asked to stop', (backend) => {
  let fleet: Fleet;
  const proxies: FaultProxy[] = [];
  beforeAll(async () => {
    const env = { RAT_DRAIN_SECONDS: String(DRAIN_SECONDS), RAT_LEASE_SECONDS: '4' };
    fleet = await startFleet({ backend, apis: 1, runners: 3, env });
  }, 60_000);
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close();
    await fleet.close();
  });

  test('a runner that is stopped under load loses no run and doubles none', async () => {
    const [pipelines, runs] = [20, 100];
    for (let n = 0; n < pipelines; n += 1) {
      await fleet.putPipeline(`default/silver/p${n}`, {
        sql: 'SELECT count(*) AS n FROM range(500) a, range(1000) b WHERE hash(a.range, b.range) % 7 = 3',
        config: { merge_strategy: 'append_only' },
      });
    }
    const ids = await Promise.all(
      Array.from({ length: runs }, (_, n) => fleet.createRun(`default/silver/p${n % pipelines}`)),
    );
    await eventually(
      'the load is on',
      async () => {
        const ended = await fleet.query(`SELECT 1 FROM runs WHERE status = 'success'`);
        return ended.length >= 5;
      },
      60_000,
    );
    const askedAt = performance.now();
    const ended = await fleet.runners[0]?.stop();
    expect(ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - askedAt).toBeLessThan(DEADLINE_MS);
    await eventually(
      'all runs end',
      async () => {
        const left = await fleet.query(`SELECT 1 FROM runs WHERE status IN ('pending', 'running')`);
        return left.length === 0;
      },
      90_000,
    );
    const outcomes = await fleet.query<{ id: string; status: string; successes: number }>(
      `SELECT id, status, (SELECT count(*)::int FROM run_attempts WHERE run_id = runs.id AND outcome = 'success') AS successes
       FROM runs`,
    );
    expect(outcomes.map((run) => run.id).toSorted()).toEqual(ids.toSorted());
    expect(new Set(outcomes.map((run) => `${run.status} ${run.successes}`))).toEqual(
      new Set(['success 1']),
    );
    const published: string[] = [];
    const tables = await fleet.query<{ metadata_location: string }>(
      'SELECT metadata_location FROM lake.iceberg_tables',
    );
    for (const { metadata_location: location } of tables) {
      const text = await readFile(fileURLToPath(location), 'utf8');
      published.push(
        ...parseTableMetadata(text).snapshots.map((one) => one.summary['rat.run-id'] ?? 'nobody'),
      );
    }
    expect(published.toSorted()).toEqual(ids.toSorted());
  }, 180_000);

  const services = backend === 'redis' ? (['Postgres', 'Redis'] as const) : (['Postgres'] as const);
  const outages = services.flatMap((service) => [
    { service, fault: 'blackhole' as const },
    { service, fault: 'refuse' as const },
  ]);

  describe('while a service is out of reach', () => {
    const ends = new Map<object, PromiseSettledResult<RunnerEnd>>();
    beforeAll(async () => {
      // Each has a runner, a pool and a connection of its own, and mostly waits: all at once.
      const settled = await Promise.allSettled(outages.map(stopDuring));
      for (const [n, outage] of outages.entries()) {
        const end = settled[n];
        if (end !== undefined) ends.set(outage, end);
      }
    }, 180_000);

    test.each(outages)(
      'exits in time while $service is out of reach ($fault)',
      async (outage) => {
        const end = ends.get(outage);
        if (end?.status !== 'fulfilled') throw end?.reason;
        const { ended, tookMs, runId } = end.value;
        expect(ended).toEqual({ code: 0, signal: null });
        expect(tookMs).toBeLessThan(DEADLINE_MS);
        // No runner of its pool is left, so the run waits, and it is not lost.
        await fleet.spy.waitFor(runId, 'pending', 30_000);
      },
      90_000,
    );
  });

  interface RunnerEnd {
    ended: unknown;
    tookMs: number;
    runId: string;
  }

  /** Stops a runner of its own that executes a run and cannot reach the service. */
  async function stopDuring({ service, fault }: (typeof outages)[number]): Promise<RunnerEnd> {
    const url = service === 'Postgres' ? fleet.databaseUrl : (testRedisUrl() ?? '');
    const proxy = await FaultProxy.open(url);
    proxies.push(proxy);
    const variable = service === 'Postgres' ? 'DATABASE_URL' : 'REDIS_URL';
    const pool = `${service}_${fault}`.toLowerCase();
    const runner = await fleet.startRunner({
      [variable]: proxy.through(url),
      RAT_RUNNER_POOLS: pool,
    });
    // With a run that it cannot return, or whose ticket it cannot settle.
    await fleet.putPipeline(`default/silver/${pool}`, { sql: ENDLESS, config: { pool } });
    const runId = await fleet.createRun(`default/silver/${pool}`);
    await fleet.spy.waitFor(runId, 'running', 30_000);
    if (fault === 'blackhole') proxy.blackhole();
    else await proxy.refuse();
    const askedAt = performance.now();
    runner.kill('SIGTERM');
    const ended = await runner.exited;
    return { ended, tookMs: performance.now() - askedAt, runId };
  }
});
