import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function send(method: string, path: string, body?: object | string): Promise<Answer> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method,
    ...(typeof body === 'object'
      ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      : {}),
    ...(typeof body === 'string' ? { body } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
  };
}

async function publish(path: string, sql: string): Promise<string> {
  await fleet.putPipeline(path, { sql });
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, 'success', 30_000);
  return id;
}

test('a namespace made over HTTP has pipelines, landing files and tables, which another namespace and queries read', async () => {
  expect(await send('POST', '/namespaces', { name: 'sales' })).toMatchObject({ status: 201 });
  const upload = await send(
    'POST',
    '/landing-zones/sales/inbox/files?name=orders.csv',
    'id,amount\n1,9.5\n2,20.0\n',
  );
  expect(upload.status).toBe(201);
  const orders = await publish(
    'sales/silver/orders',
    `SELECT * FROM read_csv({{ landing_zone("inbox") }})`,
  );
  await publish(
    'default/gold/revenue',
    `SELECT sum(amount)::DOUBLE AS revenue FROM {{ ref("sales.silver.orders") }}`,
  );

  const asked = await send('POST', '/query', {
    sql: 'SELECT o.id, r.revenue FROM silver.orders o, "default".gold.revenue r ORDER BY o.id',
    namespace: 'sales',
    rows_as: 'arrays',
  });
  expect(asked).toMatchObject({ status: 200 });
  expect(asked.body['rows']).toEqual([
    ['1', 29.5],
    ['2', 29.5],
  ]);

  const lists = ['runs', 'pipelines', 'tables'].map((list) => `/${list}?namespace=sales`);
  for (const list of lists)
    expect(await send('GET', list)).toMatchObject({ status: 200, body: { total: 1 } });
  expect(await send('GET', '/runs?namespace=sales')).toMatchObject({
    body: { runs: [{ id: orders, namespace: 'sales' }] },
  });
  expect(await send('GET', '/namespaces/sales')).toMatchObject({ body: { pipelines: 1 } });
}, 60_000);

test('a namespace with waiting files is not deleted, and an emptied one is, with its ended runs kept', async () => {
  await send('POST', '/namespaces', { name: 'shortlived' });
  await fleet.putPipeline('shortlived/silver/orders', { sql: 'SELECT no_such_column' });
  const failed = await fleet.createRun('shortlived/silver/orders');
  await fleet.spy.waitFor(failed, 'failed', 30_000);
  await send('POST', '/landing-zones/shortlived/inbox/files?name=a.csv', 'a');
  expect(await send('DELETE', '/namespaces/shortlived')).toMatchObject({
    status: 409,
    body: {
      error: {
        message:
          'namespace shortlived is not empty: it has 1 pipeline: silver.orders; 1 landing zone: inbox; 1 waiting file in 1 landing zone: inbox',
      },
    },
  });
  await send('DELETE', '/pipelines/shortlived/silver/orders');
  await send('DELETE', '/landing-zones/shortlived/inbox/files/a.csv');
  await send('POST', '/landing-zones/shortlived/inbox/samples?name=s.csv', 'a,b');
  expect(await send('DELETE', '/namespaces/shortlived')).toMatchObject({
    status: 409,
    body: {
      error: { message: 'namespace shortlived is not empty: it has 1 landing zone: inbox' },
    },
  });
  expect(await send('DELETE', '/landing-zones/shortlived/inbox')).toMatchObject({ status: 204 });
  expect(await send('DELETE', '/namespaces/shortlived')).toMatchObject({ status: 204 });
  expect(await send('GET', '/namespaces/shortlived')).toMatchObject({ status: 404 });
  const zones = await send('GET', '/landing-zones');
  expect(JSON.stringify(zones.body)).not.toContain('shortlived');
  expect(await send('GET', `/runs/${failed}`)).toMatchObject({ body: { namespace: 'shortlived' } });
  expect(await send('GET', '/runs?namespace=shortlived')).toMatchObject({ body: { total: 1 } });
  expect(await send('POST', `/runs/${failed}/rerun`)).toMatchObject({ status: 404 });

  expect(await send('DELETE', '/namespaces/sales')).toMatchObject({ status: 409 });
  await send('POST', '/namespaces', { name: 'shortlived' });
  expect(await send('GET', '/landing-zones/shortlived')).toMatchObject({ body: { total: 0 } });
  await publish('shortlived/silver/orders', 'SELECT 1 AS n');
  expect(await send('GET', '/runs?namespace=shortlived')).toMatchObject({ body: { total: 2 } });
}, 60_000);
