import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { namespaceAnswer, namespaceList } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

describe('/api/v1/namespaces', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;

  beforeAll(async () => {
    api = await openApi();
    http = supertest(api.url);
  });
  afterAll(() => api.close());

  test('POST makes a namespace that GET shows, that the list counts, and whose name is then taken', async () => {
    const body = { name: 'sales', description: 'orders and money', owner: 'ada', weight: 2 };
    const made = await http.post('/api/v1/namespaces').send(body).expect(201);
    expect(made.headers['location']).toBe('/api/v1/namespaces/sales');
    expect(namespaceAnswer.parse(made.body)).toMatchObject({ ...body, pipelines: 0 });
    await http.put('/api/v1/pipelines/sales/silver/orders').send({ sql: 'SELECT 1' }).expect(201);
    const { body: read } = await http.get('/api/v1/namespaces/sales').expect(200);
    const { quota_use: use, ...listed } = read as Record<string, unknown>;
    expect(use).toEqual({ runs_in_line: 0, runs_running: 0, query_seconds: 0, upload_bytes: 0 });
    expect(listed).toEqual({ ...made.body, pipelines: 1 });
    const { body: list } = await http.get('/api/v1/namespaces').expect(200);
    expect(namespaceList.parse(list)).toMatchObject({
      total: 2,
      namespaces: [{ name: 'default', owner: null, weight: 1 }, { name: 'sales' }],
    });
    const { body: filtered } = await http.get('/api/v1/namespaces?namespace=sales').expect(200);
    expect(filtered).toEqual({ total: 1, namespaces: [listed] });
    const { body: second } = await http.get('/api/v1/namespaces?limit=1&offset=1').expect(200);
    expect(second).toEqual({ total: 2, namespaces: [listed] });
    const taken = await http.post('/api/v1/namespaces').send({ name: 'sales' }).expect(409);
    expect(taken.body.error).toMatchObject({
      code: 'ALREADY_EXISTS',
      message: 'namespace sales exists already',
    });
  });

  test('PUT changes the fields that it names, and null clears a text', async () => {
    await http.post('/api/v1/namespaces').send({ name: 'hr', owner: 'ada', description: 'people' });
    const put = await http
      .put('/api/v1/namespaces/hr')
      .send({ description: null, weight: 5 })
      .expect(200);
    expect(put.body).toMatchObject({ name: 'hr', description: '', owner: 'ada', weight: 5 });
    expect(put.body.updated_at >= put.body.created_at).toBe(true);
    expect((await http.get('/api/v1/namespaces/hr')).body).toMatchObject(put.body);
  });

  test('PUT sets the quotas that it names, null takes one away, and both stay within bounds', async () => {
    const quotas = { runs_in_line: 10, upload_bytes: Number.MAX_SAFE_INTEGER };
    const made = await http.post('/api/v1/namespaces').send({ name: 'tenant', quotas }).expect(201);
    const all = { ...quotas, runs_running: null, query_seconds: null };
    expect(made.body.quotas).toEqual(all);
    const put = http
      .put('/api/v1/namespaces/tenant')
      .send({ quotas: { runs_in_line: null, query_seconds: 60 } });
    const changed = { ...all, runs_in_line: null, query_seconds: 60 };
    expect((await put.expect(200)).body.quotas).toEqual(changed);
    for (const wrong of [{ runs_in_line: -1 }, { query_seconds: 1.5 }, { uploads: 1 }]) {
      const refused = await http.put('/api/v1/namespaces/tenant').send({ quotas: wrong });
      expect(refused.status).toBe(400);
      expect(refused.body.error.issues[0].path).toMatch(/^quotas/);
    }
    expect((await http.get('/api/v1/namespaces/tenant')).body.quotas).toEqual(changed);
  });

  test('a namespace without a description has an empty one, and PUT of a description alone is enough', async () => {
    const made = await http.post('/api/v1/namespaces').send({ name: 'bare' }).expect(201);
    expect(made.body).toMatchObject({ name: 'bare', description: '' });
    const put = http.put('/api/v1/namespaces/bare').send({ description: 'told' });
    expect((await put.expect(200)).body.description).toBe('told');
  });

  test.each<[object, string]>([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'Sales' }, 'name'],
    [{ name: 'silver' }, 'name'],
    [{ name: 'temp' }, 'name'],
    [{ name: 'ok', weight: 0 }, 'weight'],
    [{ name: 'ok', weight: 1.5 }, 'weight'],
    [{ name: 'ok', owner: 'a\u202eb' }, 'owner'],
    [{ name: 'ok', owner: ' ' }, 'owner'],
    [{ name: 'ok', description: 'a\u0000b' }, 'description'],
    [{ name: 'ok', description: 7 }, 'description'],
    [{ name: 'ok', descripton: 'x' }, ''],
  ])('a namespace with a wrong field is refused at the field: %p', async (body, path) => {
    const answer = await http.post('/api/v1/namespaces').send(body).expect(400);
    expect(answer.body.error.issues[0].path).toBe(path);
    await http.get('/api/v1/namespaces/ok').expect(404);
  });

  test('a request in an unknown namespace is a 404 with the way to make the namespace', async () => {
    const how = 'make it with POST /api/v1/namespaces {"name": "nowhere"}';
    const requests = [
      http.get('/api/v1/namespaces/nowhere'),
      http.put('/api/v1/namespaces/nowhere').send({ owner: 'ada' }),
      http.delete('/api/v1/namespaces/nowhere'),
      http.put('/api/v1/pipelines/nowhere/silver/orders').send({ sql: 'SELECT 1' }),
      http.post('/api/v1/landing-zones/nowhere/inbox/files?name=a.csv').send('a'),
      http.get('/api/v1/landing-zones/nowhere'),
    ];
    for (const request of requests) {
      const answer = await request;
      expect(answer.status).toBe(404);
      expect(answer.body.error.message).toContain(how);
    }
    await http.get('/api/v1/namespaces/No').expect(400);
  });

  test('DELETE of the default namespace is a 409, and of any other a 503 while no runner can list its files', async () => {
    const refused = await http.delete('/api/v1/namespaces/default').expect(409);
    expect(refused.body.error.message).toContain('default cannot be deleted');
    await http.post('/api/v1/namespaces').send({ name: 'lonely' }).expect(201);
    await http.delete('/api/v1/namespaces/lonely').expect(503);
    await http.get('/api/v1/namespaces/lonely').expect(200);
  });
});
