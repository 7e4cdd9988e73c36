import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorEnvelope, OPERATIONS, type Operation } from '@rat/contracts';
import { includesRole, type Role } from '@rat/domain';
import { createNamespace, createRun, putPipeline } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ORDERS } from './simulated-runner.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
/** Of a namespace that no token here holds. */
const HR = { namespace: 'hr', layer: 'silver', name: 'people' } as const;
const SALES = { namespace: 'sales', layer: 'silver', name: 'visits' } as const;

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
/** A run of `default`, which nobody of `sales` may know of. */
let foreignRun: string;
let ownRun: string;
/** A plan that cancels the run of `default`. */
let foreignPlan: string;

async function storeToken(role: Role, namespaces: string[]): Promise<Record<string, string>> {
  const token = `rat_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(token).digest();
  await api.db.pool.query(
    'INSERT INTO tokens (id, name, hash, role, namespaces) VALUES ($1, $2, $3, $4, $5)',
    [randomUUID(), randomUUID(), hash, role, namespaces],
  );
  return { authorization: `Bearer ${token}` };
}

let viewer: Record<string, string>;
let operator: Record<string, string>;
let ofBoth: Record<string, string>;

beforeAll(async () => {
  api = await openApi({ adminToken: ADMIN_TOKEN });
  http = supertest(api.url);
  await createNamespace(api.db, SALES.namespace, {});
  await createNamespace(api.db, HR.namespace, {});
  const content = { sql: 'SELECT 1 AS n', config: {}, qualityTests: [], contentHash: 'one' };
  await putPipeline(api.db, SALES, content);
  await putPipeline(api.db, HR, content);
  await createRun(api.db, { pipeline: HR, trigger: { kind: 'manual' } });
  foreignRun = (await createRun(api.db, { pipeline: ORDERS, trigger: { kind: 'manual' } })).id;
  ownRun = (await createRun(api.db, { pipeline: SALES, trigger: { kind: 'manual' } })).id;
  viewer = await storeToken('viewer', ['sales']);
  operator = await storeToken('operator', ['sales']);
  ofBoth = await storeToken('viewer', ['sales', 'default']);
  const planned = await http
    .post('/api/v1/runs/cancel')
    .set({ authorization: `Bearer ${ADMIN_TOKEN}` })
    .send({ filter: { namespace: 'default' } });
  foreignPlan = (planned.body as { token: string }).token;
}, 60_000);
afterAll(() => api.close());

function fill(path: string): string {
  const values: Record<string, string> = {
    namespace: 'default',
    layer: 'silver',
    name: 'orders',
    id: foreignRun,
    version: '1',
  };
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? 'orders');
}

/** What each operation needs beside its path, so that it would be carried out in `default`. */
const REQUESTS: Record<string, { query?: string; body?: () => object }> = {
  createRun: { body: () => ({ namespace: 'default', layer: 'silver', pipeline: 'orders' }) },
  createRunGroup: { body: () => ({ namespace: 'default', layer: 'silver', pipeline: 'orders' }) },
  maintain: { body: () => ({ namespace: 'default' }) },
  cancelRuns: { body: () => ({ token: foreignPlan }) },
  rerunRuns: { body: () => ({ ids: [ownRun, foreignRun] }) },
  search: { query: 'q=orders' },
  getColumnLineage: { query: 'table=default.silver.orders' },
  diffVersions: { query: 'from=1' },
  diffTable: { query: 'from=main' },
};

async function send(
  id: string,
  { method, path }: Operation,
  headers: Record<string, string>,
  query = '',
): Promise<{ status: number; message: string | undefined }> {
  const { query: needed = '', body } = REQUESTS[id] ?? {};
  const leave = new AbortController();
  const response = await fetch(`${api.url}${fill(path)}?${needed}&${query}`, {
    method: method.toUpperCase(),
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body()) }),
    signal: leave.signal,
  });
  const text = response.status >= 400 ? await response.text() : '';
  leave.abort();
  const refusal = text.startsWith('{"error"') ? errorEnvelope.parse(JSON.parse(text)) : undefined;
  return { status: response.status, message: refusal?.error.message };
}

describe.each(Object.entries<Operation>(OPERATIONS))('%s', (id, operation) => {
  const { access } = operation;
  const place = access === 'anyone' ? 'none' : access.namespace;

  test('is refused in another namespace to an operator who is limited to one', async () => {
    const isFilter = place === 'query';
    const answer = await send(id, operation, operator, isFilter ? 'namespace=default' : '');
    if (access !== 'anyone' && !includesRole('operator', access.role)) {
      expect(answer.status).toBe(403);
    } else if (place === 'all') {
      expect(answer).toEqual({ status: 403, message: 'this needs a token of all namespaces' });
    } else if (place === 'run' || place === 'runs') {
      expect(answer).toEqual({ status: 404, message: 'run not found' });
    } else if (place === 'path' || place === 'query' || place === 'body') {
      const message = 'not found in the namespaces of this token';
      expect(answer).toEqual({ status: 404, message });
    } else {
      // A delivery proves itself by its own token or signature.
      const needsProof = access === 'anyone' && operation.errors.includes(401);
      expect(needsProof ? [403] : [401, 403]).not.toContain(answer.status);
    }
  });
});

test('lists, counts and searches show own namespaces only', async () => {
  const get = async (path: string): Promise<unknown> => {
    const answer = await http.get(`/api/v1${path}`).set(viewer);
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.body;
  };
  expect(await get('/runs')).toMatchObject({ total: 1, runs: [{ id: ownRun }] });
  expect(await get('/runs?sort=created_at')).toMatchObject({ total: 1 });
  expect(await get('/namespaces')).toMatchObject({ total: 1, namespaces: [{ name: 'sales' }] });
  expect(await get('/pipelines')).toMatchObject({ total: 1, pipelines: [{ name: 'visits' }] });
  expect(await get('/runs/stats')).toMatchObject({ now: { pending: 1 } });
  for (const q of ['orders', 'default', foreignRun.slice(0, 23), foreignRun]) {
    expect(JSON.stringify(await get(`/search?q=${q}`))).not.toMatch(/default|orders/);
  }
  expect(JSON.stringify(await get('/search?q=visits'))).toContain('sales');
});

test('own things are as they are for everybody', async () => {
  for (const end of ['', '/why', '/sql', '/logs', '/quality']) {
    const answer = await http.get(`/api/v1/runs/${ownRun}${end}`).set(viewer);
    expect([end, answer.status]).toEqual([end, 200]);
  }
  const body = { namespace: 'sales', layer: 'silver', pipeline: 'visits' };
  expect((await http.post('/api/v1/runs').set(viewer).send(body)).status).toBe(403);
  const made = await http.post('/api/v1/runs').set(operator).send(body);
  expect(made.status).toBe(202);
  const filter = { namespace: 'sales', ids: [(made.body as { run_id: string }).run_id] };
  const plan = await http.post('/api/v1/runs/cancel').set(operator).send({ filter });
  const { token } = plan.body as { token: string };
  const cancelled = await http.post('/api/v1/runs/cancel').set(operator).send({ token });
  expect(cancelled.body).toMatchObject({ cancelled: filter.ids });
  const session = await http.get('/api/v1/session').set(viewer);
  expect(session.body).toMatchObject({ namespaces: ['sales'] });
});

/** Reads a list as the principal of `sales` and `default`, who does not hold `hr`. */
async function listOfBoth(path: string): Promise<Record<string, unknown>> {
  const answer = await http.get(`/api/v1${path}`).set(ofBoth);
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  expect(answer.text).not.toContain('hr');
  return answer.body as Record<string, unknown>;
}

test('a list without a namespace shows those of its principal together, with their total', async () => {
  const both = [ownRun, foreignRun].toSorted();
  const runs = (await listOfBoth('/runs')) as { runs: { id: string }[]; total: number };
  const ids = runs.runs.map(({ id }) => id).toSorted();
  expect(ids).toEqual(expect.arrayContaining(both));
  expect(runs.total).toBe(ids.length);
  const pages = [await listOfBoth('/runs?limit=1')];
  for (let next = pages[0]?.['next_cursor']; typeof next === 'string';) {
    const page = await listOfBoth(`/runs?limit=1&cursor=${next}`);
    pages.push(page);
    next = page['next_cursor'];
  }
  expect(pages).toHaveLength(runs.total);
});

test('a principal of two namespaces may name one of them, and no other', async () => {
  const get = (path: string): Promise<{ status: number; body: unknown }> =>
    http.get(`/api/v1${path}`).set(ofBoth);
  expect((await get('/runs?namespace=default')).body).toMatchObject({ total: 1 });
  expect(JSON.stringify((await get('/runs?namespace=sales')).body)).toContain(ownRun);
  expect((await get('/runs?namespace=hr')).status).toBe(404);
  expect((await get(`/runs/${foreignRun}`)).status).toBe(200);
});

test('the status feed and a ticket keep to own namespaces', async () => {
  const made = await http.post('/api/v1/stream-tickets').set(viewer);
  const { ticket } = made.body as { ticket: string };
  const leave = new AbortController();
  const response = await fetch(`${api.url}/api/v1/events?ticket=${ticket}`, {
    signal: leave.signal,
  });
  expect(response.status).toBe(200);
  const foreign = await createRun(api.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
  const own = await createRun(api.db, { pipeline: SALES, trigger: { kind: 'manual' } });
  const reader = response.body?.getReader();
  let text = '';
  while (!text.includes(own.id)) {
    text += Buffer.from((await reader?.read())?.value ?? []).toString();
  }
  leave.abort();
  // The changes arrive in the order in which they happened.
  expect(text).not.toContain(foreign.id);
});

test('the board, which shows all namespaces, is not for a principal with a limit', async () => {
  const answer = await http.get('/board').set(operator);
  expect(answer.status).toBe(403);
  expect(answer.body).toMatchObject({ error: { message: 'this needs a token of all namespaces' } });
});

test('an empty namespace in a body is the default one for the right of its sender too', async () => {
  const ofSales = await storeToken('author', ['sales']);
  const ofDefault = await storeToken('author', ['default']);
  const ref = { namespace: '', layer: 'silver', name: 'made' };
  const named = { namespace: '', layer: 'silver', pipeline: 'orders' };
  const files = { sql: 'SELECT 1 AS n' };
  for (const [path, body] of [
    ['/pipelines', ref],
    ['/pipelines/validate', { ref, files }],
    ['/pipelines/preview', { ref, files }],
    ['/landing-zones', { namespace: '', name: 'drops' }],
    ['/schedules', { ...named, cron: '0 6 * * *' }],
    ['/run-groups', { ...named, dry_run: true }],
  ] as const) {
    const refused = await http.post(`/api/v1${path}`).set(ofSales).send(body);
    expect([path, refused.status, refused.body.error.message]).toEqual([
      path,
      404,
      'not found in the namespaces of this token',
    ]);
    const taken = await http.post(`/api/v1${path}`).set(ofDefault).send(body);
    expect([path, taken.status]).not.toEqual([path, 404]);
  }
  const config = { namespace: '', layer: 'silver', pipeline: 'orders' };
  const trigger = await http
    .post('/api/v1/pipelines/sales/silver/visits/triggers')
    .set(ofSales)
    .send({ type: 'pipeline_success', config });
  expect(trigger.status).toBeGreaterThanOrEqual(400);
  expect(JSON.stringify(trigger.body)).toContain('default');
});

test('refs that an author plans into another namespace say nothing about the pipelines there', async () => {
  const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const author = await storeToken('author', ['sales']);
  await http
    .put('/api/v1/pipelines/hr/silver/secret')
    .set(admin)
    .send({ sql: "SELECT 1 AS n FROM {{ ref('sales.silver.mine') }}" })
    .expect(201);
  const body = {
    ref: { namespace: 'sales', layer: 'silver', name: 'mine' },
    files: { sql: "SELECT 1 AS n FROM {{ ref('silver.visits') }}" },
    stored_with: { 'sales.silver.visits': ['hr.silver.secret'] },
  };
  const errorsFor = async (who: Record<string, string>): Promise<unknown[]> => {
    const answer = await http.post('/api/v1/pipelines/validate').set(who).send(body).expect(200);
    const { issues } = answer.body as { issues: { severity: string }[] };
    return issues.filter(({ severity }) => severity === 'error');
  };
  expect(await errorsFor(author)).toEqual([]);
  expect(await errorsFor(admin)).toMatchObject([
    { message: expect.stringContaining('hr.silver.secret') },
  ]);
});
