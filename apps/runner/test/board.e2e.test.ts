import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  backends,
  CHROMIUM,
  eventually,
  findForSuite,
  openPage,
  startFleet,
  type Fleet,
} from '@rat/testing';

const program = await findForSuite(CHROMIUM);

interface Ticket {
  name: string;
  data: object;
  returnValue: object | null;
  progress: { phase?: string; progress?: number };
  failedReason?: string;
  stacktrace: string[];
  externalUrl: { href: string };
}

/** Runs long enough to be seen, and reports its progress. */
const SLOW = 'SELECT count(*) AS n FROM range(100000000000) t(i) WHERE hash(i) = 3';

describe.each(backends())('the board on %s tells what became of runs', (backend) => {
  let fleet: Fleet;
  const runs = new Map<string, string>();

  beforeAll(async () => {
    fleet = await startFleet({
      backend,
      apis: 1,
      runners: 1,
      env: {
        RAT_MAINTENANCE_HOURS: '0',
        RAT_RUNNER_CONCURRENCY: '2',
        RAT_RUNNER_POOLS: 'default,heavy',
      },
    });
    await fleet.putPipeline('default/gold/daily_flights', { sql: 'SELECT 1 AS n, 2 AS m' });
    await fleet.putPipeline('default/gold/broken', {
      sql: "SELECT error('no such flight') AS n",
      config: { max_retries: 0 },
    });
    await fleet.putPipeline('default/gold/heavy', {
      sql: 'SELECT 1 AS n',
      config: { pool: 'heavy' },
    });
    await fleet.putPipeline('default/gold/slow', { sql: SLOW, config: { timeout_seconds: 120 } });
    for (const [name, status] of [
      ['daily_flights', 'success'],
      ['broken', 'failed'],
      ['heavy', 'success'],
    ] as const) {
      runs.set(name, await fleet.createRun(`default/gold/${name}`, 0, { trigger: 'nightly' }));
      await fleet.spy.waitFor(runs.get(name) ?? '', status);
    }
  }, 120_000);
  afterAll(() => fleet.close());

  async function queueOf(queue: string, status: string) {
    const path = `/board/api/queues?activeQueue=${queue}&status=${status}`;
    const answer = await fetch(`${fleet.apis[0]?.url}${path}`);
    const { queues } = (await answer.json()) as {
      queues: { name: string; description: string; jobs: Ticket[] }[];
    };
    const found = queues.find((one) => one.name === queue);
    if (found === undefined) throw new Error(`the board shows no queue ${queue}`);
    return found;
  }

  async function ticketOf(queue: string, status: string, name: string): Promise<Ticket> {
    return eventually(`the board shows ${name} as ${status}`, async () => {
      const { jobs } = await queueOf(queue, status);
      return jobs.find((one) => one.name === name);
    });
  }

  test('a successful run is a completed ticket of its name, with its rows and its time', async () => {
    const runId = runs.get('daily_flights');
    const ticket = await ticketOf('runs', 'completed', 'gold.daily_flights');
    expect(ticket.data).toMatchObject({
      runId,
      attempt: 1,
      pipeline: 'default.gold.daily_flights',
      trigger: 'nightly',
    });
    expect(ticket.returnValue).toEqual({
      run_id: runId,
      pipeline: 'default.gold.daily_flights',
      attempt: 1,
      status: 'success',
      rows_written: 1,
      duration_ms: expect.any(Number),
      failure: null,
    });
    expect(ticket.externalUrl.href).toBe(`/api/v1/runs/${runId}`);
  });

  test('a failed run is a failed ticket with the error of the run as its reason', async () => {
    const ticket = await ticketOf('runs', 'failed', 'gold.broken');
    expect(ticket.failedReason).toMatch(/^sql_error: .*no such flight/);
    expect(ticket.stacktrace).toEqual([]);
    expect(ticket.externalUrl.href).toBe(`/api/v1/runs/${runs.get('broken')}`);
  });

  test('the tickets of a pool are in the queue of the pool', async () => {
    const ticket = await ticketOf('runs-heavy', 'completed', 'gold.heavy');
    expect(ticket.returnValue).toMatchObject({ status: 'success', rows_written: 1 });
  });

  test('a running run tells its phase, a waiting one is counted in words, a cancelled one says so', async () => {
    const first = await fleet.createRun('default/gold/slow');
    await fleet.spy.waitFor(first, 'running');
    const second = await fleet.createRun('default/gold/slow');
    await eventually('the second run is counted', async () => {
      const { description } = await queueOf('runs', 'active');
      return description.includes('1 run waits without a ticket');
    });
    await eventually('the phase is told', async () => {
      const { jobs } = await queueOf('runs', 'active');
      return jobs.find((one) => one.name === 'gold.slow')?.progress.phase !== undefined;
    });
    for (const id of [second, first]) {
      await fetch(`${fleet.apis[0]?.url}/api/v1/runs/${id}/cancel`, { method: 'POST' });
    }
    await eventually('the ticket says that its run was cancelled', async () => {
      const { jobs } = await queueOf('runs', 'completed');
      const results = jobs.map((one) => one.returnValue as { run_id?: string; status?: string });
      return results.some((one) => one.run_id === first && one.status === 'cancelled');
    });
  });

  (program === undefined ? test.skip : test)(
    'a browser shows the failed ticket with its error, and asks no other host',
    async () => {
      const origin = fleet.apis[0]?.url ?? '';
      const page = await openPage(program ?? '', `${origin}/board/queue/runs?status=failed`);
      try {
        const text = await eventually('the page shows the ticket', async () => {
          const shown = await page.evaluate<string>('document.body.innerText');
          return shown.includes('gold.broken') && shown;
        });
        expect(text).toContain('no such flight');
        const asked = await page.evaluate<string[]>(
          'performance.getEntriesByType("resource").map((one) => one.name)',
        );
        expect(asked.length).toBeGreaterThan(3);
        expect(asked.filter((url) => !url.startsWith(origin))).toEqual([]);
      } finally {
        await page.close();
      }
    },
    60_000,
  );
});
