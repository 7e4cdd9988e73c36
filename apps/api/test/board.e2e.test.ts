import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ticketId } from '@rat/contracts';
import { openRunWorker } from '@rat/queue';
import { createLogger } from '@rat/runtime';
import { registerRunner } from '@rat/store';
import { backends, eventually, FaultProxy, testRedisUrl } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

describe.each(backends())('/board on %s', (backend) => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  let runId: string;

  beforeAll(async () => {
    api = await openApi({ backend });
    http = supertest(api.url);
    const { body } = await http
      .post('/api/v1/runs')
      .send({ namespace: 'default', layer: 'silver', pipeline: 'orders' });
    runId = body.run_id;
  });
  afterAll(() => api.close());

  test.each(['/board', '/board/'])(
    '%s returns the page with a content security policy that allows its scripts',
    async (path) => {
      const page = await http.get(path).expect(200);
      expect(page.type).toBe('text/html');
      expect(page.text).toContain('<base href="/board/" />');
      const policy = page.get('Content-Security-Policy') ?? '';
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('https:');
      const scripts = [...page.text.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(
        ([, at]) => at,
      );
      expect(scripts.length).toBeGreaterThan(3);
      for (const script of scripts) {
        const file = await http.get(`/board/${script}`).expect(200);
        expect(file.get('Cache-Control')).toContain('max-age');
      }
    },
  );

  test('a ticket on the board shows which run it is, and links to it', async () => {
    const { body } = await http.get('/board/api/queues?activeQueue=runs&status=latest').expect(200);
    const [queue] = body.queues;
    expect(queue).toMatchObject({ name: 'runs', readOnlyMode: true });
    const job = queue.jobs.find(
      (one: { id: string }) => one.id === ticketId({ runId, attempt: 1 }),
    );
    expect(job.data).toEqual({
      runId,
      attempt: 1,
      pipeline: 'default.silver.orders',
      trigger: 'manual',
    });
    expect(job.externalUrl ?? job.externalJobUrl).toMatchObject({ href: `/api/v1/runs/${runId}` });
  });

  test('the board shows the queue of every pool that a pipeline or a runner uses', async () => {
    const put = (name: string, config: object, status: number) =>
      http
        .put(`/api/v1/pipelines/default/gold/${name}`)
        .send({ sql: 'SELECT 1 AS n', config })
        .expect(status);
    await put('heavy', { pool: 'heavy' }, 201);
    // A run keeps the pool of its version when its pipeline changes the pool later.
    await put('moved', { pool: 'former' }, 201);
    const run = { namespace: 'default', layer: 'gold', pipeline: 'moved' };
    await http.post('/api/v1/runs').send(run).expect(202);
    await put('moved', {}, 200);
    await registerRunner(api.db, {
      id: 'gpu-1',
      host: 'h',
      pid: 1,
      slots: 1,
      version: '1',
      endpoint: { url: 'http://127.0.0.1:1', key: 'k' },
      pools: ['default', 'gpu'],
    });
    const { body } = await http.get('/board/api/queues').expect(200);
    const names = body.queues.map((queue: { name: string }) => queue.name);
    expect(names.toSorted()).toEqual(['runs', 'runs-former', 'runs-gpu', 'runs-heavy']);
  });

  test('the board refuses every change of a queue', async () => {
    const id = ticketId({ runId, attempt: 1 });
    for (const [method, path] of [
      ['put', '/board/api/queues/runs/pause'],
      ['put', '/board/api/queues/pause'],
      ['put', '/board/api/queues/runs/empty'],
      ['put', '/board/api/queues/runs/obliterate'],
      ['put', `/board/api/queues/runs/${id}/clean`],
      ['post', '/board/api/queues/runs/add'],
    ] as const) {
      const answer = await http[method](path).send({});
      expect([path, answer.status]).toEqual([path, 405]);
      expect(answer.body.error).toMatchObject({ code: 'METHOD_NOT_ALLOWED', type: 'VALIDATION' });
    }
    expect(await api.queue.bullQueue.isPaused()).toBe(false);
    expect(await api.queue.bullQueue.getJob(id)).toBeDefined();
  });

  test('the board hides the error of a failed ticket, which may name hosts and paths', async () => {
    const redisUrl = testRedisUrl();
    const worker = openRunWorker({
      connection:
        backend === 'redis' && redisUrl !== undefined
          ? { kind: 'redis', url: redisUrl }
          : { kind: 'postgres', url: api.databaseUrl },
      prefix: api.prefix,
      name: 'fails',
      concurrency: 1,
      process: async () => {
        throw new Error('connect ECONNREFUSED 10.0.0.7:5432');
      },
      log: createLogger('test', { level: 'silent' }),
    });
    try {
      const id = ticketId({ runId, attempt: 1 });
      const text = await eventually('the ticket has failed', async () => {
        const answer = await http.get('/board/api/queues?activeQueue=runs&status=failed');
        return answer.text.includes(id) && answer.text;
      });
      expect(text).not.toContain('10.0.0.7');
      const job = await http.get(`/board/api/queues/runs/${id}`);
      expect(job.status).toBe(200);
      expect(job.body.job).toMatchObject({ isFailed: true });
      expect(job.text).not.toContain('10.0.0.7');
      expect(job.text).toContain('could not settle this run');
    } finally {
      await worker.close(2_000);
    }
  });
});

(testRedisUrl() === undefined ? test.skip : test)(
  'the board hides the error text of an unreachable queue',
  async () => {
    const proxy = await FaultProxy.open(testRedisUrl() ?? '');
    const api = await openApi({ through: { redis: (url) => proxy.through(url) } });
    await supertest(api.url).get('/board/api/queues').expect(200);
    await proxy.refuse();
    const answer = await supertest(api.url).get('/board/api/queues');
    expect(answer.status).toBe(500);
    expect(answer.body.error).toEqual({
      code: 'UNAVAILABLE',
      type: 'UNAVAILABLE',
      message: 'the queue is out of reach',
    });
    await proxy.heal();
    await api.recovered();
    await api.close();
    await proxy.close();
  },
);
