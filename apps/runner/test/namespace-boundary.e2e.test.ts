import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

let fleet: Fleet;
/** A viewer who is limited to the namespace `sales`. */
let viewer: Record<string, string>;
let admin: Record<string, string>;

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  expect((await send('/namespaces', { name: 'sales' })).status).toBe(201);
  for (const path of ['default/silver/secrets', 'sales/silver/orders']) {
    await fleet.putPipeline(path, { sql: `SELECT '${path}' AS words` });
    await fleet.spy.waitFor(await fleet.createRun(path), 'success');
  }
  admin = await makeToken({ name: 'root', role: 'admin' });
  viewer = await makeToken({ name: 'eve', role: 'viewer', namespaces: ['sales'] }, admin);
}, 90_000);
afterAll(() => fleet.close());

function send(
  path: string,
  body: object | undefined,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function makeToken(
  body: object,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const made = await send('/tokens', body, headers);
  expect(made.status).toBe(201);
  const { token } = (await made.json()) as { token: string };
  return { authorization: `Bearer ${token}` };
}

function query(sql: string, namespace = 'sales'): Promise<Response> {
  return send('/query', { sql, namespace }, viewer);
}

test('a query reads the tables of own namespaces', async () => {
  const answer = await query('SELECT * FROM silver.orders');
  expect(await answer.json()).toMatchObject({ rows: [{ words: 'sales/silver/orders' }] });
});

test.each([
  'SELECT * FROM "default".silver.secrets',
  'SELECT * FROM silver.orders UNION ALL SELECT * FROM "default".silver.secrets',
  'SELECT (SELECT words FROM "default".silver.secrets) FROM silver.orders',
  'WITH x AS (SELECT * FROM "default".silver.secrets) SELECT count(*) FROM x',
])('a table of another namespace does not exist for %s', async (sql) => {
  const answer = await query(sql);
  expect(answer.status).toBe(404);
  const { error } = (await answer.json()) as { error: { message: string } };
  expect(error.message).toBe('table default.silver.secrets does not exist');
});

test('a query cannot make another namespace its own', async () => {
  const answer = await query('SELECT * FROM silver.secrets', 'default');
  expect(answer.status).toBe(404);
});

test('a token of two namespaces lists the tables, columns and zones of both, and no others', async () => {
  expect((await send('/namespaces', { name: 'market' }, admin)).status).toBe(201);
  for (const namespace of ['sales', 'market', 'default']) {
    const path = `/landing-zones`;
    const made = await send(path, { namespace, name: `of_${namespace}` }, admin);
    expect(made.status).toBe(201);
  }
  const namespaces = ['sales', 'market'];
  const both = await makeToken({ name: 'of both', role: 'viewer', namespaces }, admin);
  const read = async (path: string): Promise<string> => {
    const answer = await send(path, undefined, both);
    expect({ path, status: answer.status }).toEqual({ path, status: 200 });
    return answer.text();
  };
  expect(JSON.parse(await read('/tables'))).toMatchObject({ total: 1 });
  expect(JSON.parse(await read('/landing-zones'))).toMatchObject({ total: 2 });
  for (const path of ['/tables', '/schema', '/landing-zones', '/search?q=words', '/search?q=s']) {
    const text = await read(path);
    expect(text).not.toContain('secrets');
    expect(text).not.toContain('"default"');
  }
  expect(await read('/schema')).toContain('orders');
  expect(await read('/search?q=words')).toContain('"kind":"column"');
});

test('lists of tables and previews keep to own namespaces', async () => {
  const listed = await send('/tables', undefined, viewer);
  expect(await listed.json()).toMatchObject({ total: 1, tables: [{ namespace: 'sales' }] });
  expect((await send('/tables?namespace=default', undefined, viewer)).status).toBe(404);
  for (const end of ['', '/preview', '/profile', '/diff?from=main']) {
    const foreign = await send(`/tables/default/silver/secrets${end}`, undefined, viewer);
    expect([end, foreign.status]).toEqual([end, 404]);
  }
  expect((await send('/tables/sales/silver/orders/preview', undefined, viewer)).status).toBe(200);
});
