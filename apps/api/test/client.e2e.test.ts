import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as clientModule from '@rat/client';
import {
  CHROMIUM,
  findForSuite,
  openCuttingProxy,
  openPage,
  startFleet,
  type BrowserPage,
  type CuttingProxy,
  type Fleet,
} from '@rat/testing';
import { build } from 'esbuild';
import { openApi, type ApiFixture } from './api-fixture.ts';

const CLIENT = fileURLToPath(new URL('../../../packages/client/src/index.ts', import.meta.url));
const chromium = await findForSuite(CHROMIUM);
const LINES = 3_000;
const { collect, RatClient } = clientModule;

/** What a client is used for, and what came of it. Each runs in Node and, as its text, in a browser: so it names nothing outside. */
const USES = {
  /** Stores a pipeline, runs it, follows it to its end, and reads its rows. */
  async run({ RatClient: Client }: typeof clientModule, baseUrl: string) {
    const rat = new Client({ baseUrl, retries: 0 });
    const place = { namespace: 'default', layer: 'gold' } as const;
    await rat.pipelines.put({ ...place, name: 'daily' }, { sql: 'SELECT 1 AS n' });
    const { run_id: id } = await rat.runs.create({ ...place, pipeline: 'daily' });
    const statuses: string[] = [];
    let last: unknown;
    for await (const { event, data } of rat.runs.events(id)) {
      if (event === 'status') statuses.push(data.status);
      last = { event, data };
    }
    const { status, rows_written } = await rat.runs.get(id);
    const query = { sql: 'SELECT n FROM gold.daily' };
    const { rows } = await rat.tables.query(query);
    const asText = { headers: { accept: 'text/csv' } };
    const csv = await (await rat.tables.query.response(query, {}, asText)).text();
    return { statuses, last, status, rows_written, rows, csv };
  },

  /** Makes five runs, and lists all runs in pages of two. */
  async list({ RatClient: Client, collect: all }: typeof clientModule, baseUrl: string) {
    const rat = new Client({ baseUrl, retries: 0 });
    const place = { namespace: 'default', layer: 'gold', pipeline: 'daily' } as const;
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.push((await rat.runs.create(place)).run_id);
    await Promise.all(made.map((id) => rat.runs.wait(id)));
    const found = await all(rat.runs.list({ limit: 2, sort: 'created_at' }));
    const { total } = await rat.runs.list({ limit: 1 }).first();
    return { made, found: found.map(({ id }) => id), total };
  },

  /** Reads a pipeline that does not exist. */
  async fail({ RatClient: Client, NotFoundError }: typeof clientModule, baseUrl: string) {
    const rat = new Client({ baseUrl, retries: 0 });
    const missing = { namespace: 'default', layer: 'gold', name: 'missing' } as const;
    try {
      return await rat.pipelines.get(missing);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      const { name, code, status, requestId } = error;
      return { name, code, status, requestId };
    }
  },
};

describe.each(['Node', 'a browser'])('the client of an installation, in %s', (where) => {
  const unlessMissing = where === 'Node' || chromium !== undefined ? test : test.skip;
  let fleet: Fleet;
  let url: string;
  let page: BrowserPage | undefined;

  beforeAll(async () => {
    fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
    url = fleet.apis[0]?.url ?? '';
    if (where !== 'Node' && chromium !== undefined) {
      page = await openPage(chromium, `${url}/health/live`);
      await page.evaluate(`${await bundleClient()}; globalThis.client = client; undefined`);
    }
  }, 60_000);
  afterAll(async () => {
    await page?.close();
    await fleet.close();
  });

  function use<Key extends keyof typeof USES>(
    name: Key,
  ): Promise<Awaited<ReturnType<(typeof USES)[Key]>>> {
    if (page !== undefined)
      return page.evaluate(`({ ${String(USES[name])} }).${name}(client, location.origin)`);
    return USES[name](clientModule, url) as Promise<never>;
  }

  unlessMissing('a pipeline is stored, run, followed to its end and read', async () => {
    expect(await use('run')).toEqual({
      statuses: ['pending', 'running', 'success'],
      last: { event: 'end', data: expect.objectContaining({ lines: expect.any(Number) }) },
      status: 'success',
      rows_written: 1,
      rows: [{ n: 1 }],
      csv: 'n\n1\n',
    });
  });

  unlessMissing('a list has each run once, over as many pages as there are', async () => {
    const { made, found, total } = await use('list');
    expect(found).toEqual(expect.arrayContaining(made));
    expect(new Set(found).size).toBe(found.length);
    expect(found).toHaveLength(total);
  });

  unlessMissing('an error has the class, the code and the request id of its answer', async () => {
    expect(await use('fail')).toEqual({
      name: 'NotFoundError',
      code: 'NOT_FOUND',
      status: 404,
      requestId: expect.any(String),
    });
  });
});

/** The client as a script that sets `client`. */
async function bundleClient(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [CLIENT],
    bundle: true,
    format: 'iife',
    globalName: 'client',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

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
      const script = await bundleClient();
      const page = await openPage(chromium ?? '', `${proxy.url}/health/live`);
      try {
        await expectWhole((runId) =>
          page.evaluate(`(async () => {
            ${script};
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
