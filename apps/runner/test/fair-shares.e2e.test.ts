import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { backends, eventually, startFleet, type Fleet } from '@rat/testing';

/** Takes long enough that other runs are created before it ends. */
const SLOW = `SELECT count(*) AS n FROM range(2000) a(i), range(2000) b(j) WHERE hash(i, j) % 7 = 3`;

const GREEDY_RUNS = 30;

const SLOTS = 2;

describe.each(backends())('shares of namespaces on %s', (backend) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({
      backend,
      apis: 1,
      runners: 0,
      env: { RAT_RUNNER_CONCURRENCY: String(SLOTS) },
    });
    await fleet.query(`INSERT INTO namespaces (name) VALUES ('greedy'), ('modest')`);
    for (let n = 0; n < GREEDY_RUNS; n += 1)
      await fleet.putPipeline(`greedy/silver/p${n}`, { sql: SLOW });
    await fleet.putPipeline('modest/silver/p', { sql: 'SELECT 1 AS n' });
  }, 60_000);
  afterAll(() => fleet.close());

  test('thirty runs of priority 100 make a run of another namespace wait for about one turn', async () => {
    const greedy: string[] = [];
    for (let n = 0; n < GREEDY_RUNS; n += 1)
      greedy.push(await fleet.createRun(`greedy/silver/p${n}`, 0, { priority: 100 }));
    await fleet.startRunner();
    await eventually(
      'some of them have ended',
      async () => {
        const [ended] = await fleet.query<{ runs: number }>(
          `SELECT count(*)::int AS runs FROM runs WHERE status = 'success'`,
        );
        return (ended?.runs ?? 0) > 0;
      },
      60_000,
    );
    const modest = await fleet.createRun('modest/silver/p');
    // Counts from the answer on: `created_at` is earlier than the moment at which claims can see
    // the run.
    const [answered] = await fleet.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
    await fleet.spy.waitFor(modest, 'success', 30_000);
    const [between] = await fleet.query<{ runs: number }>(
      `SELECT count(*)::int AS runs FROM runs g, runs m WHERE m.id = '${modest}' AND g.namespace = 'greedy'
        AND g.started_at > '${answered?.at}' AND g.started_at < m.started_at`,
    );
    expect(between?.runs).toBeLessThanOrEqual(SLOTS);
    const [left] = await fleet.query<{ runs: number }>(
      `SELECT count(*)::int AS runs FROM runs WHERE namespace = 'greedy' AND status = 'pending'`,
    );
    expect(left?.runs).toBeGreaterThan(0);
    for (const id of greedy) await fleet.spy.waitFor(id, 'success', 60_000);
  }, 120_000);
});
