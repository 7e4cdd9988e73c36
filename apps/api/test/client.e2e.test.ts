import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { collect, NotFoundError, RatClient, type RunEvent } from '@rat/client';
import { startFleet, type Fleet } from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';

const LINES = 3_000;
const DAILY = { namespace: 'default', layer: 'gold', name: 'daily' } as const;

/**
 * Forwards to `target`, and cuts each event stream after 60 KB of it, within whatever frame that is, until 20 are cut.
 */
async function openCuttingProxy(target: string): Promise<{ server: Server; cuts: () => number }> {
  let cuts = 0;
  const server = createServer((from, to) => {
    const { method, headers } = from;
    const onward = request(`${target}${from.url}`, { method, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true;
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (!isStream || bytes < 60_000 || cuts >= 20) return void to.write(chunk);
        cuts += 1;
        to.write(chunk.subarray(0, chunk.length / 2), () => to.destroy());
        answer.destroy();
      });
      answer.on('end', () => to.end());
    });
    onward.on('error', () => to.destroy());
    from.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, cuts: () => cuts };
}

describe('the client of an installation', () => {
  let fleet: Fleet;
  let rat: RatClient;

  beforeAll(async () => {
    fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
    rat = new RatClient({ baseUrl: fleet.apis[0]?.url ?? '' });
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
  let proxy: { server: Server; cuts: () => number };

  beforeAll(async () => {
    api = await openApi();
    proxy = await openCuttingProxy(api.url);
  }, 60_000);
  afterAll(async () => {
    proxy.server.closeAllConnections();
    proxy.server.close();
    await api.close();
  });

  test('each line of a live log arrives once, and the SHA-256 of all is right', async () => {
    const runId = await api.runner.start();
    const { port } = proxy.server.address() as AddressInfo;
    const rat = new RatClient({ baseUrl: `http://127.0.0.1:${port}` });
    const reading = collect(rat.runs.events(runId));
    for (let n = 0; n < LINES; n += 100) {
      const messages = Array.from({ length: 100 }, (_, i) => `${n + i} ${'é'.repeat(300)}`);
      await api.runner.log(runId, messages);
    }
    await api.runner.succeed(runId);
    const events = await reading;
    const numbers = events.flatMap(({ event, data }) =>
      event === 'log' ? [Number(data.message.split(' ', 1)[0])] : [],
    );
    expect(numbers.slice(0, LINES)).toEqual(Array.from({ length: LINES }, (_, n) => n));
    // The client would have thrown at a wrong checksum.
    expect(events.at(-1)?.event).toBe('end');
    expect(proxy.cuts()).toBe(20);
  }, 60_000);
});
