import { afterEach, describe, expect, test } from '@jest/globals';
import { announceRunner, takeOverdueTickets } from '@rat/store';
import { backends, eventually, FaultProxy, openEventStream, testRedisUrl } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture, type ApiFixtureOptions } from './api-fixture.ts';

const ORDERS_BODY = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
const withRedis = backends().includes('redis') ? describe : describe.skip;

describe('outages', () => {
  let api: ApiFixture;
  let proxy: FaultProxy;

  afterEach(async () => {
    await proxy.heal();
    await api.recovered();
    await api.close();
    await proxy.close();
  });

  async function openThrough(service: 'database' | 'redis'): Promise<void> {
    const options: ApiFixtureOptions = {};
    if (service === 'redis') {
      proxy = await FaultProxy.open(testRedisUrl() ?? '');
      options.through = { redis: (url) => proxy.through(url) };
    } else {
      options.through = { database: (url) => proxy.through(url) };
      options.openProxy = async (url) => {
        proxy = await FaultProxy.open(url);
      };
    }
    api = await openApi(options);
    await announce();
  }

  /**
   * Announces the runner again: it counts as gone after fifteen seconds without a heartbeat, and
   * these tests may take longer.
   */
  async function announce(): Promise<void> {
    const endpoint = { url: 'http://127.0.0.1:1', key: 'k' };
    const runner = {
      id: 'r1',
      host: 'h',
      pid: 1,
      slots: 1,
      version: '1',
      pools: ['default'],
      endpoint,
    };
    await announceRunner(api.db, runner);
  }

  async function timed<T>(work: Promise<T>): Promise<{ answer: T; ms: number }> {
    const start = performance.now();
    return { answer: await work, ms: performance.now() - start };
  }

  describe('of Postgres', () => {
    test('every route that needs Postgres is a 503 with Retry-After during an outage, and the process stays up', async () => {
      await openThrough('database');
      const http = supertest(api.url);
      const runId = await api.runner.create();
      await http.get(`/api/v1/runs/${runId}`).expect(200);
      await proxy.refuse();
      const answers = [
        await http.get('/api/v1/runs'),
        await http.post('/api/v1/runs').send(ORDERS_BODY),
        await http.get(`/api/v1/runs/${runId}`),
        await http.post(`/api/v1/runs/${runId}/cancel`),
        await http.get(`/api/v1/runs/${runId}/logs`),
        await http.get(`/api/v1/runs/${runId}/logs`).set('Accept', 'text/event-stream'),
        await http.get('/api/v1/pipelines'),
        await http.get('/api/v1/pipelines/default/silver/orders'),
        await http.put('/api/v1/pipelines/default/silver/orders').send({ sql: 'SELECT 2' }),
        await http.delete('/api/v1/pipelines/default/silver/orders'),
      ];
      for (const answer of answers) {
        expect(answer.status).toBe(503);
        expect(answer.body).toEqual({
          error: {
            code: 'UNAVAILABLE',
            type: 'UNAVAILABLE',
            message: 'the database is out of reach, try again later',
          },
        });
        expect(Number(answer.get('Retry-After'))).toBeGreaterThan(0);
      }
      await http.get('/health/live').expect(200);
      const ready = await http.get('/health/ready').expect(503);
      expect(ready.body.checks).toMatchObject({
        postgres: { status: 'down' },
        queue: { status: 'ok' },
        runners: { status: 'down', live: null },
      });
      await proxy.heal();
      await http.get(`/api/v1/runs/${runId}`).expect(200);
      await announce();
      await http.get('/health/ready').expect(200);
    });

    test('an open stream survives an outage of Postgres and misses no event', async () => {
      await openThrough('database');
      const runId = await api.runner.start();
      const stream = await openEventStream(`${api.url}/api/v1/runs/${runId}/logs`);
      const messages: string[] = [];
      for await (const event of stream) {
        const data = JSON.parse(event.data);
        messages.push(data.status ?? data.message ?? event.event);
        if (data.status === 'running') {
          await proxy.refuse();
          await api.runner.log(runId, ['said during the outage']);
          await api.runner.succeed(runId);
          await supertest(api.url).get(`/api/v1/runs/${runId}`).expect(503);
          await proxy.heal();
        }
      }
      expect(messages).toEqual([
        'pending',
        'running',
        'said during the outage',
        expect.stringContaining('Published'),
        'success',
        'end',
      ]);
    });
  });

  withRedis('of Redis', () => {
    test.each(['refuse', 'blackhole'] as const)(
      'POST /runs answers 202 within about a second during the Redis fault %s, and the run is queued afterwards',
      async (weather) => {
        await openThrough('redis');
        await supertest(api.url).post('/api/v1/runs').send(ORDERS_BODY).expect(202);
        await proxy[weather]();
        const { answer, ms } = await timed(
          supertest(api.url)
            .post('/api/v1/runs')
            .send(ORDERS_BODY)
            .then((one) => one),
        );
        expect(answer.status).toBe(202);
        expect(ms).toBeLessThan(1_600);
        const overdue = await takeOverdueTickets(api.db, { olderThanMs: 0, limit: 10 });
        expect(overdue.map((one) => one.runId)).toContain(answer.body.run_id);
        await announce();
        const ready = await supertest(api.url).get('/health/ready').expect(503);
        expect(ready.body).toEqual({
          status: 'down',
          checks: {
            postgres: { status: 'ok' },
            queue: { status: 'down' },
            runners: { status: 'ok', live: 1 },
          },
        });
        await proxy.heal();
        await eventually('ready again', async () => {
          await announce();
          return (await supertest(api.url).get('/health/ready')).status === 200;
        });
      },
    );

    test('a cancel of a pending and of a running run works while Redis is down', async () => {
      await openThrough('redis');
      const pending = await api.silentRunner.create();
      const running = await api.silentRunner.start();
      await proxy.refuse();
      for (const runId of [pending, running]) {
        await supertest(api.url).post(`/api/v1/runs/${runId}/cancel`).expect(200);
        const { body } = await supertest(api.url).get(`/api/v1/runs/${runId}`);
        expect(body.status).toBe('cancelled');
      }
    });

    test('a stream sends the changes of lost hints as soon as Redis is back', async () => {
      await openThrough('redis');
      const runId = await api.silentRunner.start();
      const stream = await openEventStream(`${api.url}/api/v1/runs/${runId}/logs`);
      const seen: string[] = [];
      for await (const event of stream) {
        seen.push(JSON.parse(event.data).status ?? event.event);
        if (seen.at(-1) === 'running') {
          await proxy.refuse();
          await api.silentRunner.fail(runId);
          await proxy.heal();
        }
      }
      expect(seen).toEqual(['pending', 'running', 'error', 'failed', 'end']);
    });
  });
});
