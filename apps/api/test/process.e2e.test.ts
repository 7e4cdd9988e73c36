import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  backends,
  createTestDatabase,
  listeningUrl,
  openEventStream,
  ServiceProcess,
  startNode,
  testRedisUrl,
  type TestDatabase,
} from '@rat/testing';

const ENTRY = 'apps/api/dist/main.js';
const JSON_HEADERS = { 'content-type': 'application/json' };

describe('the api process', () => {
  let database: TestDatabase;
  const processes: ServiceProcess[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((one) => one.stop()));
    await database.close();
  });

  function start(env: Record<string, string>): ServiceProcess {
    const service = startNode(ENTRY, {
      DATABASE_URL: database.url,
      RAT_QUEUE_PREFIX: `p_${process.pid}`,
      ...env,
    });
    processes.push(service);
    return service;
  }

  async function startListening(env: Record<string, string> = {}): Promise<{
    service: ServiceProcess;
    url: string;
  }> {
    const service = start({ PORT: '0', ...env });
    return { service, url: await listeningUrl(service) };
  }

  async function createRun(url: string): Promise<string> {
    const put = await fetch(`${url}/api/v1/pipelines/default/silver/orders`, {
      method: 'PUT',
      headers: JSON_HEADERS,
      body: JSON.stringify({ sql: 'SELECT 1 AS n' }),
    });
    expect(put.status).toBe(201);
    const post = await fetch(`${url}/api/v1/runs`, {
      method: 'POST',
      headers: JSON_HEADERS,
      body: JSON.stringify({ namespace: 'default', layer: 'silver', pipeline: 'orders' }),
    });
    expect(post.status).toBe(202);
    return ((await post.json()) as { run_id: string }).run_id;
  }

  test.each(backends())(
    'the api process on %s ends open streams in order at SIGTERM and exits with 0',
    async (backend) => {
      const redisUrl = testRedisUrl();
      const { service, url } = await startListening(
        backend === 'redis' && redisUrl !== undefined ? { REDIS_URL: redisUrl } : {},
      );
      const runId = await createRun(url);
      const stream = await openEventStream(`${url}/api/v1/runs/${runId}/logs`);
      const seen: string[] = [];
      let askedAt = 0;
      for await (const event of stream) {
        seen.push(event.event);
        askedAt = performance.now();
        service.kill('SIGTERM');
      }
      expect(seen).toEqual(['status']);
      expect(await service.exited).toEqual({ code: 0, signal: null });
      // The process's own limits: three seconds for requests, and three for its connections.
      expect(performance.now() - askedAt).toBeLessThan(6_000);
      const complaints = service
        .output()
        .split('\n')
        .filter((line) => /"level":"(warn|error)"/.test(line));
      // The first ticket may take longer than the limit after which the API logs a warning.
      expect(complaints.filter((line) => !line.includes('run not announced'))).toEqual([]);
    },
  );

  test('an address that other machines can reach is refused without sign-in, with the two ways out', async () => {
    const service = start({ HOST: '0.0.0.0', PORT: '0' });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.output()).toMatch(
      /^HOST is 0\.0\.0\.0, .* Set RAT_ADMIN_TOKEN \(or RAT_ADMIN_TOKEN_FILE\), .*; or set HOST to 127\.0\.0\.1\.$/m,
    );
    expect(service.output()).not.toContain('listening');
  });

  test('an API on loopback without sign-in warns of settings that are for a proxy', async () => {
    const proxied = { RAT_TRUST_PROXY: '1', RAT_ALLOWED_HOSTS: 'runs.example' };
    const { service } = await startListening(proxied);
    expect(service.output()).toMatch(
      /"variables":\["RAT_TRUST_PROXY","RAT_ALLOWED_HOSTS"\].*sign-in is off/,
    );
    const token = { RAT_ADMIN_TOKEN: 'a-token-of-an-administrator-0123456789' };
    for (const quiet of [{}, { ...proxied, ...token }]) {
      const started = await startListening(quiet);
      expect(started.service.output()).not.toContain('sign-in is off');
    }
  });

  test('a token that was ever made keeps sign-in on, also without RAT_ADMIN_TOKEN', async () => {
    const token = 'a-token-of-an-administrator-0123456789';
    const asAdmin = { headers: { authorization: `Bearer ${token}` } };
    const first = await startListening({ HOST: '0.0.0.0', RAT_ADMIN_TOKEN: token });
    const { port } = new URL(first.url);
    const tokens = `http://127.0.0.1:${port}/api/v1/tokens`;
    expect((await fetch(tokens)).status).toBe(401);
    expect((await fetch(tokens, asAdmin)).status).toBe(200);
    const made = await fetch(tokens, {
      method: 'POST',
      headers: { ...JSON_HEADERS, ...asAdmin.headers },
      body: JSON.stringify({ name: 'only a viewer', role: 'viewer' }),
    });
    expect(made.status).toBe(201);
    expect(first.service.output()).not.toContain(token);
    await first.service.stop();

    const second = await startListening();
    expect((await fetch(`${second.url}/api/v1/tokens`, asAdmin)).status).toBe(401);
    // The way back in.
    await second.service.stop();
    const third = await startListening({ RAT_ADMIN_TOKEN: token });
    expect((await fetch(`${third.url}/api/v1/tokens`, asAdmin)).status).toBe(200);
  });

  test('a RAT_ADMIN_TOKEN that can be guessed is refused', async () => {
    const service = start({ PORT: '0', RAT_ADMIN_TOKEN: 'secret' });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.output()).toMatch(/RAT_ADMIN_TOKEN: must be at least 32 /);
    expect(service.output()).not.toContain('secret\n');
  });

  test('the api process stops when its parent exits', async () => {
    const { service } = await startListening();
    service.closeStdin();
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  test('the api process prints one clear line for a port in use and exits with 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const service = start({ PORT: String(port), RAT_LOG_LEVEL: 'silent' });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    taken.close();
    expect(service.output()).toBe(`port ${port} at 127.0.0.1 is taken; set PORT to a free one`);
  });

  test('the api process lists every invalid environment variable and exits with 1', async () => {
    const service = start({ PORT: 'eighty', DATABASE_URL: '', RAT_DB_POOL: '0' });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    for (const name of ['PORT', 'DATABASE_URL', 'RAT_DB_POOL']) {
      expect(service.output()).toMatch(new RegExp(`^${name}: `, 'm'));
    }
  });

  test('the api process logs one line for each request, with its id and without its query', async () => {
    const { service, url } = await startListening();
    await fetch(`${url}/api/v1/runs?namespace=private`, { headers: { 'x-request-id': 'mine-1' } });
    await fetch(`${url}/health/live`);
    const line = JSON.parse(await service.waitForLine(/"msg":"request"/));
    expect(line).toMatchObject({
      level: 'info',
      service: 'api',
      request_id: 'mine-1',
      method: 'GET',
      path: '/api/v1/runs',
      status: 200,
    });
    expect(line.duration_ms).toBeGreaterThanOrEqual(0);
    await service.stop();
    expect(service.output()).not.toContain('private');
    expect(service.output()).not.toContain('/health');
  });
});
