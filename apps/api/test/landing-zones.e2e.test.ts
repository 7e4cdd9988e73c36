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
  });
  const changed = await request(api.url).put(`${ZONES}/default/orders`).send({ on_empty: 'skip' });
  expect(changed).toMatchObject({ status: 200, body: { on_empty: 'skip' } });
  const lifecycle = await request(api.url).get(`${ZONES}/default/orders/lifecycle`);
  expect(lifecycle.body).toEqual({ processed_retention_days: 30 });
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
