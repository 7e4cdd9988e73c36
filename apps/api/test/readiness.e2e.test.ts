import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { announceRunner } from '@rat/store';
import { backends, eventually, findRedisProgram, startRedis } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: Parameters<typeof openApi>[0]): Promise<ApiFixture> {
  const api = await openApi(options);
  closers.push(() => api.close());
  await announceRunner(api.db, {
    id: 'r1',
    host: 'h',
    pid: 1,
    slots: 1,
    version: '1',
    pools: ['default'],
    endpoint: { url: 'http://127.0.0.1:1', key: 'k' },
  });
  return api;
}

async function becomes(api: ApiFixture, status: number): Promise<unknown> {
  return eventually(`ready is ${status}`, async () => {
    const answer = await supertest(api.url).get('/health/ready');
    return answer.status === status && answer.body;
  });
}

/** Sends one inline command to Redis. */
async function command(redisUrl: string, words: readonly string[]): Promise<void> {
  const { hostname, port } = new URL(redisUrl);
  const socket = connect(Number(port), hostname);
  socket.write(`${words.join(' ')}\r\n`);
  const [reply] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect(reply.toString()).toBe('+OK\r\n');
}

const withRedis = backends().includes('redis') ? describe : describe.skip;

withRedis('readiness with a Redis of its own', () => {
  test.each([
    ['is out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    ['is a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
    [
      'has too few replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
  ])(
    'readiness is 503 and names the queue while Redis %s, and 200 afterwards',
    async (_, fault, cure) => {
      const program = await findRedisProgram();
      if (program === undefined) throw new Error('there is no Redis program');
      const folder = await mkdtemp(join(tmpdir(), 'rat-redis-'));
      closers.push(() => rm(folder, { recursive: true, force: true }));
      const redis = await startRedis(program, folder);
      closers.push(() => redis.stop());
      const api = await open({ backend: 'redis', through: { redis: () => redis.url } });
      await becomes(api, 200);
      await command(redis.url, fault);
      expect(await becomes(api, 503)).toMatchObject({
        checks: {
          postgres: { status: 'ok' },
          queue: { status: 'down', reason: 'takes no writes' },
        },
      });
      await command(redis.url, cure);
      await becomes(api, 200);
    },
  );
});

test('readiness is 503 and names Postgres while Postgres is read-only, and POST /runs is a 503', async () => {
  const api = await open({ backend: 'postgres' });
  await becomes(api, 200);
  const name = new URL(api.databaseUrl).pathname.slice(1);
  const setReadOnly = async (value: 'on' | 'off'): Promise<void> => {
    const admin = await api.db.pool.connect();
    try {
      await admin.query('BEGIN READ WRITE');
      await admin.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = ${value}`);
      await admin.query('COMMIT');
      // Open sessions keep their old setting.
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
        [name],
      );
    } finally {
      admin.release(true);
    }
  };
  await setReadOnly('on');
  // The first checks may meet a connection that was just terminated, which is another reason.
  await eventually('Postgres is said to take no writes', async () => {
    const { status, body } = await supertest(api.url).get('/health/ready');
    return status === 503 && body.checks.postgres.reason === 'takes no writes';
  });
  const body = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
  const refused = await supertest(api.url).post('/api/v1/runs').send(body);
  expect(refused.status).toBe(503);
  expect(refused.body).toMatchObject({ error: { code: 'UNAVAILABLE' } });
  await setReadOnly('off');
  await becomes(api, 200);
});
