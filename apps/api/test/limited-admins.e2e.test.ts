import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createNamespace, createRun, putPipeline } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ORDERS } from './simulated-runner.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
const ROOT = { authorization: `Bearer ${ADMIN_TOKEN}` };
const SALES = { namespace: 'sales', layer: 'silver', name: 'visits' } as const;
const OTHER = 'not found in the namespaces of this token';
const NEEDS_ALL = 'this needs a token of all namespaces';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
/** An admin of the namespaces `sales` and `shop`. */
let admin: Record<string, string>;
let adminId: string;

interface Made {
  id: string;
  who: Record<string, string>;
}

async function makeToken(body: object, by: Record<string, string> = ROOT): Promise<Made> {
  const made = await http.post('/api/v1/tokens').set(by).send(body);
  expect({ status: made.status, body: made.body as unknown }).toMatchObject({ status: 201 });
  const { id, token } = made.body as { id: string; token: string };
  return { id, who: { authorization: `Bearer ${token}` } };
}

beforeAll(async () => {
  api = await openApi({ adminToken: ADMIN_TOKEN });
  http = supertest(api.url);
  for (const name of ['sales', 'shop', 'hr']) await createNamespace(api.db, name, {});
  const content = { sql: 'SELECT 1 AS n', config: {}, qualityTests: [], contentHash: 'one' };
  await putPipeline(api.db, SALES, content);
  const body = { name: 'head of sales', role: 'admin', namespaces: ['sales', 'shop'] };
  ({ id: adminId, who: admin } = await makeToken(body));
}, 60_000);
afterAll(() => api.close());

async function send(
  method: 'get' | 'put' | 'post' | 'delete',
  path: string,
  body?: object,
): Promise<{ status: number; message?: string; body: unknown }> {
  const request = http[method](`/api/v1${path}`).set(admin);
  const answer = await (body === undefined ? request : request.send(body));
  const { error } = answer.body as { error?: { message: string } };
  return { status: answer.status, body: answer.body, ...(error && { message: error.message }) };
}

test('an admin of some namespaces makes tokens of these and of no others, with every role', async () => {
  for (const role of ['viewer', 'operator', 'author', 'admin']) {
    await makeToken({ name: `sales ${role}`, role, namespaces: ['sales'] }, admin);
  }
  const token = { name: 'more', role: 'viewer' };
  expect(await send('post', '/tokens', { ...token, namespaces: ['sales', 'hr'] })).toMatchObject({
    status: 404,
    message: OTHER,
  });
  for (const none of [{}, { namespaces: null }]) {
    expect(await send('post', '/tokens', { ...token, ...none })).toMatchObject({
      status: 400,
      message: 'namespaces: must be some of the namespaces of this token: sales, shop',
    });
  }
});

test('an admin of some namespaces sees, changes and takes back the tokens of these, and no others', async () => {
  const own = await makeToken({ name: 'own', role: 'author', namespaces: ['shop'] });
  const foreign = [
    await makeToken({ name: 'of all', role: 'viewer' }),
    await makeToken({ name: 'of hr', role: 'viewer', namespaces: ['hr'] }),
    await makeToken({ name: 'of hr too', role: 'viewer', namespaces: ['shop', 'hr'] }),
  ];
  const unknown = '00000000-0000-4000-8000-000000000000';
  for (const id of [...foreign.map((one) => one.id), unknown]) {
    const refusal = { status: 404, message: 'token not found' };
    expect(await send('get', `/tokens/${id}`)).toMatchObject(refusal);
    expect(await send('put', `/tokens/${id}`, { expires_at: null })).toMatchObject(refusal);
    expect(await send('delete', `/tokens/${id}`)).toMatchObject(refusal);
  }
  const { body } = await send('get', '/tokens?limit=100');
  const { tokens, total } = body as { tokens: { id: string }[]; total: number };
  const ids = tokens.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([own.id, adminId]));
  for (const { id } of foreign) expect(ids).not.toContain(id);
  expect(total).toBe(ids.length);
  expect(await send('delete', `/tokens/${own.id}`)).toMatchObject({ status: 204 });
  expect((await http.get('/api/v1/runs').set(own.who)).status).toBe(401);
});

test('an admin of some namespaces describes them, and leaves their shares of the installation alone', async () => {
  const owned = await send('put', '/namespaces/sales', { owner: 'the sales team' });
  expect(owned).toMatchObject({ status: 200, body: { owner: 'the sales team' } });
  for (const share of [{ weight: 9 }, { quotas: { runs_running: null } }]) {
    expect(await send('put', '/namespaces/sales', share)).toMatchObject({
      status: 403,
      message: NEEDS_ALL,
    });
  }
  expect(await send('put', '/namespaces/hr', { owner: 'me' })).toMatchObject({
    status: 404,
    message: OTHER,
  });
});

test.each([
  ['post', '/namespaces'],
  ['delete', '/namespaces/sales'],
  ['put', '/admin/retention/config'],
  ['post', '/admin/retention/run'],
  ['get', '/runners'],
  ['get', '/pools'],
] as const)('%s %s is not for an admin of some namespaces', async (method, path) => {
  expect(await send(method, path)).toMatchObject({ status: 403, message: NEEDS_ALL });
});

test('the audit log shows an admin of some namespaces the entries about their things only', async () => {
  const runs = {
    own: (await createRun(api.db, { pipeline: SALES, trigger: { kind: 'manual' } })).id,
    foreign: (await createRun(api.db, { pipeline: ORDERS, trigger: { kind: 'manual' } })).id,
  };
  const hr = await makeToken({ name: 'someone of hr', role: 'viewer', namespaces: ['hr'] });
  const changes: [string, string, object?][] = [
    ['post', `/runs/${runs.own}/cancel`],
    ['post', `/runs/${runs.foreign}/cancel`],
    ['put', '/pipelines/sales/silver/visits/draft', { sql: 'SELECT 2 AS n' }],
    ['put', '/files/sales/pipelines/silver/visits/pipeline.sql', { content: 'SELECT 3 AS n' }],
    ['put', '/pipelines/hr/silver/people/draft', { sql: 'SELECT 2 AS n' }],
    ['put', '/namespaces/hr', { owner: 'hr' }],
    ['put', '/namespaces/shop', { owner: 'shop' }],
  ];
  for (const [method, path, body = {}] of changes) {
    const answer = await http[method as 'put' | 'post'](`/api/v1${path}`).set(ROOT).send(body);
    expect([path, answer.status]).toEqual([path, expect.any(Number)]);
    expect(answer.status).toBeLessThan(300);
  }
  const { body } = await send('get', '/audit?limit=200');
  const { entries, total } = body as { entries: { resource: string }[]; total: number };
  const resources = new Set(entries.map(({ resource }) => resource));
  expect(total).toBe(entries.length);
  for (const own of [
    `runs/${runs.own}`,
    'pipelines/sales/silver/visits',
    'files/sales/pipelines/silver/visits/pipeline.sql',
    'namespaces/shop',
    `tokens/${adminId}`,
  ]) {
    expect(resources).toContain(own);
  }
  const text = JSON.stringify(body);
  for (const foreign of [runs.foreign, hr.id, 'namespaces/hr', 'people']) {
    expect(text).not.toContain(foreign);
  }
  const ofSales = await send('get', '/audit?namespace=sales&limit=200');
  expect(ofSales.status).toBe(200);
  const only = (ofSales.body as { entries: { resource: string }[] }).entries;
  expect(only.map(({ resource }) => resource)).toContain(`runs/${runs.own}`);
  expect(only.map(({ resource }) => resource)).not.toContain('namespaces/shop');
  expect(await send('get', '/audit?namespace=hr')).toMatchObject({ status: 404, message: OTHER });
});
