import { afterAll, beforeAll, expect, test } from '@jest/globals';
import request from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

let api: ApiFixture;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const ZONES = '/api/v1/landing-zones';

test('settings of a zone are stored while no runner is live, and what needs its files is a 503', async () => {
  const created = await request(api.url)
    .post(ZONES)
    .send({
      name: 'orders',
      expected_columns: [{ name: 'id', type: 'bigint' }],
      lifecycle: { processed_retention_days: 30 },
    });
  expect(created.status).toBe(201);
  expect(created.headers['location']).toBe(`${ZONES}/default/orders`);
  expect(created.body).toMatchObject({
    namespace: 'default',
    name: 'orders',
    expected_columns: [{ name: 'id', type: 'BIGINT' }],
    on_empty: null,
    lifecycle: { processed_retention_days: 30 },
    file_count: null,
    total_bytes: null,
  });
  const changed = await request(api.url).put(`${ZONES}/default/orders`).send({ on_empty: 'skip' });
  expect(changed).toMatchObject({ status: 200, body: { on_empty: 'skip' } });
  const lifecycle = await request(api.url).get(`${ZONES}/default/orders/lifecycle`);
  expect(lifecycle.body).toEqual({
    processed_retention_days: 30,
    processed_max_age_days: 30,
    auto_purge: true,
  });
  const kept = await request(api.url)
    .put(`${ZONES}/default/orders/lifecycle`)
    .send({ processed_retention_days: null });
  expect(kept).toMatchObject({ status: 200, body: { processed_retention_days: null } });
  for (const path of [ZONES, `${ZONES}/default/orders`, `${ZONES}/default/orders/samples`]) {
    expect((await request(api.url).get(path)).status).toBe(503);
  }
});

test.each([
  [{ name: 'Orders' }, 'name'],
  [{ name: 'o', expected_columns: [{ name: 'id', type: 'number' }] }, 'expected_columns.0.type'],
  [{ name: 'o', expected_columns: [{ name: 'id' }] }, 'expected_columns.0.type'],
  [{ name: 'o', on_empty: 'ignore' }, 'on_empty'],
  [{ name: 'o', on_empty: 'empty' }, 'on_empty'],
  [{ name: 'o', lifecycle: { processed_retention_days: 0 } }, 'lifecycle.processed_retention_days'],
])('a zone described by %j is refused with the place of the mistake', async (body, path) => {
  const refused = await request(api.url).post(ZONES).send(body);
  expect(refused).toMatchObject({ status: 400, body: { error: { issues: [{ path }] } } });
});

test('a zone of an unknown namespace, and a body that is missing, are refused', async () => {
  const nowhere = await request(api.url).post(ZONES).send({ namespace: 'nowhere', name: 'o' });
  expect(nowhere.status).toBe(404);
  expect((await request(api.url).put(`${ZONES}/nowhere/o`).send({})).status).toBe(404);
  expect((await request(api.url).post(ZONES)).status).toBe(400);
  expect((await request(api.url).put(`${ZONES}/default/o`)).status).toBe(400);
});

test('the lifecycle in the words of other clients is the retention in ours, and is answered with 204', async () => {
  await request(api.url).post(ZONES).send({ name: 'aged' }).expect(201);
  const path = `${ZONES}/default/aged/lifecycle`;
  const none = { processed_retention_days: null, processed_max_age_days: null, auto_purge: false };
  const month = { processed_retention_days: 30, processed_max_age_days: 30, auto_purge: true };
  expect((await request(api.url).get(path)).body).toEqual(none);
  for (const [body, stored] of [
    [{ processed_max_age_days: 30, auto_purge: true }, month],
    [{}, month],
    [{ processed_max_age_days: 30, auto_purge: false }, none],
    [{ processed_max_age_days: 30 }, month],
    [{ processed_max_age_days: null, auto_purge: false }, none],
  ] as const) {
    const { status } = await request(api.url).put(path).send(body);
    expect(status).toBe(Object.keys(body).length === 0 ? 200 : 204);
    expect((await request(api.url).get(path)).body).toEqual(stored);
  }
});

test.each([
  [{ auto_purge: true }, 'auto_purge'],
  [{ processed_max_age_days: null, auto_purge: true }, 'auto_purge'],
  [{ processed_max_age_days: 0, auto_purge: true }, 'processed_max_age_days'],
  [{ processed_max_age_days: 3, processed_retention_days: 3 }, 'processed_max_age_days'],
  [{ auto_purge: false, processed_retention_days: 3 }, 'auto_purge'],
])('a lifecycle of %j is refused with the place of the mistake', async (body, path) => {
  const refused = await request(api.url).put(`${ZONES}/default/orders/lifecycle`).send(body);
  expect(refused).toMatchObject({ status: 400, body: { error: { issues: [{ path }] } } });
});

test('a zone of no namespace, or of an empty one, is made in the default one', async () => {
  const empty = await request(api.url).post(ZONES).send({ namespace: '', name: 'empty' });
  expect(empty).toMatchObject({ status: 201, body: { id: 'default.empty' } });
  const none = await request(api.url).post(ZONES).send({ name: 'none' });
  expect(none).toMatchObject({ status: 201, body: { id: 'default.none' } });
});

test('words about the form of the files are kept beside the columns that uploads are compared with', async () => {
  const columns = [{ name: 'id', type: 'BIGINT' }];
  await request(api.url).post(ZONES).send({ name: 'told', expected_columns: columns }).expect(201);
  const { body } = await request(api.url)
    .put(`${ZONES}/default/told`)
    .send({ description: 'Orders', owner: 'ana', expected_schema: 'id,day' })
    .expect(200);
  expect(body).toMatchObject({
    id: 'default.told',
    description: 'Orders',
    owner: 'ana',
    expected_schema: 'id,day',
    expected_columns: columns,
  });
  const { body: kept } = await request(api.url)
    .put(`${ZONES}/default/told`)
    .send({ owner: null })
    .expect(200);
  expect(kept).toMatchObject({ description: 'Orders', owner: null, expected_schema: 'id,day' });
});
