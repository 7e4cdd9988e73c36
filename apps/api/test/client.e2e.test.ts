import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { collect, NotFoundError, RatClient, type RunEvent } from '@rat/client';
import {
  CHROMIUM,
  findForSuite,
  openCuttingProxy,
  openPage,
  startFleet,
  type CuttingProxy,
  type Fleet,
} from '@rat/testing';
import { build } from 'esbuild';
import { openApi, type ApiFixture } from './api-fixture.ts';

const CLIENT = fileURLToPath(new URL('../../../packages/client/src/index.ts', import.meta.url));
const chromium = await findForSuite(CHROMIUM);
const LINES = 3_000;
const DAILY = { namespace: 'default', layer: 'gold', name: 'daily' } as const;

describe('the client of an installation', () => {
  let fleet: Fleet;
  let rat: RatClient;

  beforeAll(async () => {
    fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
    rat = fleet.client();
    await rat.pipelines.put(DAILY, { sql: 'SELECT 1 AS n' });
  }, 60_000);
  afterAll(() => fleet.close());

  const { name: pipeline, ...place } = DAILY;

  test('a pipeline is stored, run, followed to its end and read', async () => {
    const { run_id: id } = await rat.runs.create({ ...place, pipeline });
    const events: RunEvent[] = [];
    for await (const event of rat.runs.events(id)) events.push(event);
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { lines: expect.any(Number) } });
    const statuses = events.flatMap(({ event, data }) => (event === 'status' ? [data.status] : []));
    expect(statuses).toEqual(['pending', 'running', 'success']);
    expect(await rat.runs.get(id)).toMatchObject({ status: 'success', rows_written: 1 });
    const { rows } = await rat.tables.query({ sql: 'SELECT n FROM gold.daily' });
    expect(rows).toEqual([{ n: 1 }]);
    const csv = await rat.tables.query.response(
      { sql: 'SELECT n FROM gold.daily' },
      {},
      {
        headers: { accept: 'text/csv' },
      },
    );
    expect(await csv.text()).toBe('n\n1\n');
  });

  test('a list has each run once, over as many pages as there are', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await rat.runs.create({ ...place, pipeline })).run_id);
    await Promise.all(ids.map((id) => rat.runs.wait(id)));
    const found = await collect(rat.runs.list({ limit: 2, sort: 'created_at' }));
    expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    const { total } = await rat.runs.list({ limit: 1 }).first();
    expect(found).toHaveLength(total);
  });

  test('an error has the class, the code and the request id of its answer', async () => {
    const missing = rat.pipelines.get({ ...DAILY, name: 'missing' });
    await expect(missing).rejects.toBeInstanceOf(NotFoundError);
    await expect(missing).rejects.toMatchObject({
      code: 'NOT_FOUND',
      status: 404,
      requestId: expect.any(String),
    });
  });
});

describe('the client behind a proxy that cuts streams', () => {
  let api: ApiFixture;
  let proxy: CuttingProxy;

  beforeAll(async () => {
    api = await openApi();
  }, 60_000);
  beforeEach(async () => {
    proxy = await openCuttingProxy(api.url);
  });
  afterEach(() => proxy.close());
  afterAll(() => api.close());

  /** Writes the numbered lines of a run while `read` follows it, and holds what arrived against them. */
  async function expectWhole(
    read: (runId: string) => Promise<{ numbers: number[]; last: string | undefined }>,
  ): Promise<void> {
    const runId = await api.runner.start();
    const reading = read(runId);
    for (let n = 0; n < LINES; n += 100) {
      const messages = Array.from({ length: 100 }, (_, i) => `${n + i} ${'é'.repeat(300)}`);
      await api.runner.log(runId, messages);
    }
    await api.runner.succeed(runId);
    const { numbers, last } = await reading;
    expect(numbers.slice(0, LINES)).toEqual(Array.from({ length: LINES }, (_, n) => n));
    // The client would have thrown at a wrong checksum.
    expect(last).toBe('end');
    expect(proxy.cuts()).toBe(20);
  }

  test('each line of a live log arrives once, and the SHA-256 of all is right', async () => {
    const rat = new RatClient({ baseUrl: proxy.url });
    await expectWhole(async (runId) => {
      const events = await collect(rat.runs.events(runId));
      const numbers = events.flatMap(({ event, data }) =>
        event === 'log' ? [Number(data.message.split(' ', 1)[0])] : [],
      );
      return { numbers, last: events.at(-1)?.event };
    });
  }, 60_000);

  (chromium === undefined ? test.skip : test)(
    'each line of a live log arrives once in a browser too',
    async () => {
      const { outputFiles } = await build({
        entryPoints: [CLIENT],
        bundle: true,
        format: 'iife',
        globalName: 'client',
        write: false,
      });
      const page = await openPage(chromium ?? '', `${proxy.url}/health/live`);
      try {
        await expectWhole((runId) =>
          page.evaluate(`(async () => {
            ${outputFiles[0]?.text};
            const rat = new client.RatClient({ baseUrl: location.origin });
            const events = await client.collect(rat.runs.events('${runId}'));
            const lines = events.filter(({ event }) => event === 'log');
            const numbers = lines.map(({ data }) => Number(data.message.split(' ', 1)[0]));
            return { numbers, last: events.at(-1).event };
          })()`),
        );
      } finally {
        await page.close();
      }
    },
    60_000,
  );
});
