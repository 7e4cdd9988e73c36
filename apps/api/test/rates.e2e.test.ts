import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreateTokenAnswer } from '@rat/contracts';
import supertest, { type Response } from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
const UNKNOWN = `rat_${'x'.repeat(43)}`;

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

function expectRefused(answer: Response, message: string): void {
  expect({ status: answer.status, body: answer.body as unknown }).toEqual({
    status: 429,
    body: { error: { code: 'RESOURCE_EXHAUSTED', type: 'RATE_LIMIT', message } },
  });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60);
}

describe('requests of principals', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  const tokens: string[] = [];

  beforeAll(async () => {
    api = await openApi({
      adminToken: ADMIN_TOKEN,
      rates: { requests: 5, runs: 2, address: 0, sign_in_failures: 0 },
    });
    http = supertest(api.url);
    for (const name of ['ada', 'ben', 'cyn']) {
      const made = await http
        .post('/api/v1/tokens')
        .set(bearer(ADMIN_TOKEN))
        .send({ name, role: 'operator' });
      tokens.push((made.body as CreateTokenAnswer).token);
    }
  }, 60_000);
  afterAll(() => api.close());

  test('over the limit of a principal are refused with 429, and those of another principal are not', async () => {
    const [ada = '', ben = ''] = tokens;
    const asAda = (): Promise<Response> => http.get('/api/v1/runs').set(bearer(ada));
    const first = await asAda();
    expect(first.headers['ratelimit-policy']).toBe('"requests";q=5;w=60');
    expect(first.headers['ratelimit']).toMatch(/^"requests";r=4;t=(59|60)$/);
    for (let n = 0; n < 4; n += 1) expect((await asAda()).status).toBe(200);
    const refused = await asAda();
    expectRefused(refused, 'too many requests of this principal: 5 in 60 s are allowed');
    expect(refused.headers['ratelimit']).toMatch(/^"requests";r=0;t=/);
    expect((await http.get('/api/v1/runs').set(bearer(ben))).status).toBe(200);
  });

  test('that make runs have a lower limit, and a refused one makes no run', async () => {
    const [, , cyn = ''] = tokens;
    const body = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
    const send = (): Promise<Response> => http.post('/api/v1/runs').set(bearer(cyn)).send(body);
    expect((await send()).headers['ratelimit-policy']).toBe('"runs";q=2;w=60, "requests";q=5;w=60');
    expect((await send()).status).toBe(202);
    expectRefused(
      await send(),
      'too many requests of this principal that make runs: 2 in 60 s are allowed',
    );
    const listed = await api.db.pool.query('SELECT 1 FROM runs');
    expect(listed.rowCount).toBe(2);
    // Nor does it fill the audit log.
    const audited = await api.db.pool.query(
      `SELECT 1 FROM audit_entries WHERE action = 'createRun'`,
    );
    expect(audited.rowCount).toBe(2);
    expect((await http.get('/api/v1/runs').set(bearer(cyn))).status).toBe(200);
  });

  test('for health and for event streams are not counted', async () => {
    const [, ben = ''] = tokens;
    for (let n = 0; n < 10; n += 1) {
      expect((await http.get('/health/live')).status).toBe(200);
      const leave = new AbortController();
      const stream = await fetch(`${api.url}/api/v1/events`, {
        headers: bearer(ben),
        signal: leave.signal,
      });
      expect(stream.status).toBe(200);
      leave.abort();
    }
    expect((await http.get('/api/v1/features').set(bearer(ben))).status).toBe(200);
  });
});

describe('requests from one address', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  let address = 0;
  /** Every test has an address of its own. */
  const here = (): { 'x-forwarded-for': string } => ({ 'x-forwarded-for': `10.0.0.${address}` });
  beforeAll(async () => {
    api = await openApi({
      adminToken: ADMIN_TOKEN,
      trustProxy: 1,
      rates: { requests: 0, runs: 0, address: 12, sign_in_failures: 3 },
    });
    http = supertest(api.url);
  }, 60_000);
  beforeEach(() => {
    address += 1;
  });
  afterAll(() => api.close());

  test('are refused over the limit before anything of them is looked at', async () => {
    const send = (): Promise<Response> => http.get('/api/v1/no/such/route').set(here());
    for (let n = 0; n < 12; n += 1) expect((await send()).status).toBe(401);
    expectRefused(await send(), 'too many requests from this address: 12 in 60 s are allowed');
    const other = await http.get('/api/v1/runs').set({ 'x-forwarded-for': '10.1.1.1' });
    expect(other.status).toBe(401);
    expect((await http.get('/health/live').set(here())).status).toBe(200);
  });

  test('with wrong tokens are refused after a few, also those that ask for a session', async () => {
    const guess = (): Promise<Response> =>
      http.get('/api/v1/runs').set({ ...bearer(UNKNOWN), ...here() });
    for (let n = 0; n < 3; n += 1) expect((await guess()).status).toBe(401);
    const message = 'too many failed sign-ins from this address: 3 in 60 s are allowed';
    expectRefused(await guess(), message);
    const session = http.post('/api/v1/session').set(here()).send({ token: ADMIN_TOKEN });
    expectRefused(await session, message);
    // Who sends no token guesses none.
    expect((await http.get('/api/v1/runs').set(here())).status).toBe(401);
  });

  test('with wrong tokens are refused after a few, in each spelling of the path', async () => {
    const guess = (path: string): Promise<Response> =>
      http.post(path).set(here()).send({ token: UNKNOWN });
    const paths = ['/API/v1/session', '/api/v1/session/', '/Api/V1/Session/'];
    for (const path of paths) expect((await guess(path)).status).toBe(401);
    for (const path of paths) expect((await guess(path)).status).toBe(429);
  });

  test('with wrong tokens are counted where anyone gets an answer', async () => {
    const guess = (path: string): Promise<Response> =>
      http.get(path).set({ ...bearer(UNKNOWN), ...here() });
    for (const path of ['/', '/health/ready', '/'])
      expect((await guess(path)).status).not.toBe(429);
    expect((await guess('/')).status).toBe(429);
    expect((await http.get('/health/live').set(here())).status).toBe(200);
  });

  test('with a token that was valid before are answered while a neighbour guesses', async () => {
    const mine = (): Promise<Response> =>
      http.get('/api/v1/runs').set({ ...bearer(ADMIN_TOKEN), ...here() });
    expect((await mine()).status).toBe(200);
    for (let n = 0; n < 5; n += 1) {
      await http.post('/api/v1/session').set(here()).send({ token: UNKNOWN });
    }
    const guess = await http.get('/api/v1/runs').set({ ...bearer(UNKNOWN), ...here() });
    expect(guess.status).toBe(429);
    expect((await mine()).status).toBe(200);
  });
});

test('without sign-in no request is counted unless an operator sets a limit, and then by address', async () => {
  const free = await openApi({ rates: {} });
  const limited = await openApi({ rates: { requests: 1 } });
  try {
    const answer = await supertest(free.url).get('/api/v1/runs');
    expect(answer.headers).not.toHaveProperty('ratelimit');
    expect((await supertest(limited.url).get('/api/v1/runs')).status).toBe(200);
    expect((await supertest(limited.url).get('/api/v1/runs')).status).toBe(429);
  } finally {
    await free.close();
    await limited.close();
  }
}, 60_000);
