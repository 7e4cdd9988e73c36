import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { putPipelineAnswer } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
let count = 0;

beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

const FEW = { name: 'few', sql: 'SELECT * FROM {{ this }} WHERE n > 9' };

/** The path of a pipeline with one version. */
async function stored(sql = 'SELECT 1 AS n', config: object = { max_retries: 1 }): Promise<string> {
  count += 1;
  const path = `/api/v1/pipelines/default/gold/facts${count}`;
  await http
    .put(path)
    .send({ sql, config, quality_tests: [FEW] })
    .expect(201);
  return path;
}

test('a PUT without files changes the description and the owner, and answers the pipeline', async () => {
  const path = await stored();
  const facts = { description: 'money by day', type: 'sql', owner: 'ada' };
  const { body } = await http.put(path).send(facts).expect(200);
  expect(putPipelineAnswer.parse(body)).toMatchObject({
    ...facts,
    version: 2,
    result: 'updated',
    sql: 'SELECT 1 AS n',
    config: { max_retries: 1, description: 'money by day' },
    quality_tests: [{ ...FEW, severity: 'error' }],
  });
  const again = await http.put(path).send({ description: 'money by day' }).expect(200);
  expect(again.body).toMatchObject({ version: 2, result: 'unchanged', owner: 'ada' });
  const whole = { sql: body.sql, config: body.config, quality_tests: [FEW] };
  const same = await http.put(path).send(whole).expect(200);
  expect(same.body).toMatchObject({ result: 'unchanged', owner: 'ada' });
});

test('an owner alone makes no version, and null or an empty text takes words away', async () => {
  const path = await stored();
  const owned = await http.put(path).send({ owner: 'ada' }).expect(200);
  expect(owned.body).toMatchObject({ version: 1, owner: 'ada', description: '' });
  await http.put(path).send({ description: 'money' }).expect(200);
  const { body } = await http.put(path).send({ owner: '', description: null }).expect(200);
  expect(body).toMatchObject({
    version: 3,
    owner: null,
    description: '',
    config: { max_retries: 1 },
  });
});

test('an open draft gets the description too, and can be published still', async () => {
  const path = await stored();
  const draft = { sql: 'SELECT 2 AS n', config: { max_retries: 3 }, quality_tests: [FEW] };
  await http.put(`${path}/draft`).send(draft).expect(201);
  await http.put(path).send({ description: 'money' }).expect(200);
  const { body } = await http.get(`${path}/draft`).expect(200);
  expect(body).toMatchObject({
    base_version: 2,
    sql: 'SELECT 2 AS n',
    config: { max_retries: 3, description: 'money' },
  });
  const published = await http.post(`${path}/publish`).expect(200);
  expect(published.body).toMatchObject({ version: 3, description: 'money', sql: 'SELECT 2 AS n' });
});

test('a draft that is behind its pipeline stays behind', async () => {
  const path = await stored();
  await http.put(`${path}/draft`).send({ sql: 'SELECT 2 AS n' }).expect(201);
  await http.put(path).send({ sql: 'SELECT 3 AS n' }).expect(200);
  await http.put(path).send({ description: 'money' }).expect(200);
  await http.post(`${path}/publish`).expect(412);
});

test('a pipeline without a version keeps its description in its draft', async () => {
  const made = {
    namespace: 'default',
    layer: 'gold',
    name: 'unpublished',
    source: 'SELECT 1 AS n',
  };
  await http.post('/api/v1/pipelines').send(made).expect(201);
  const path = '/api/v1/pipelines/default/gold/unpublished';
  const { body } = await http.put(path).send({ description: 'new', owner: 'ada' }).expect(200);
  expect(body).toMatchObject({ version: 0, description: 'new', owner: 'ada' });
  const published = await http.post(`${path}/publish`).expect(201);
  expect(published.body).toMatchObject({ version: 1, description: 'new', owner: 'ada' });
});

test('a description that the SQL sets, another type and a missing pipeline are refused', async () => {
  const path = await stored('-- @description: by hand\nSELECT 1 AS n');
  const { body } = await http.put(path).send({ description: 'other' }).expect(422);
  expect(body.error.message).toContain('-- @description: change it there');
  const python = await http.put(path).send({ type: 'python' }).expect(422);
  expect(python.body.error.message).toContain('Python pipelines are not supported');
  await http.put('/api/v1/pipelines/default/gold/nobody').send({ owner: 'ada' }).expect(404);
  await http.put(path).send({ owner: 'ada', colour: 'red' }).expect(400);
  await http.put(path).send({ owner: 'ada\u0007' }).expect(400);
  const stale = await http.put(path).set('If-Match', '"9-abc"').send({ owner: 'ada' });
  expect(stale.status).toBe(412);
});

test('of many changes at once none is lost', async () => {
  const path = await stored();
  const puts = [{ owner: 'ada' }, { description: 'money' }];
  const answers = await Promise.all(puts.map((body) => http.put(path).send(body)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect((await http.get(path)).body).toMatchObject({ owner: 'ada', description: 'money' });
});

test('a publish without a body or a content type answers what other clients read', async () => {
  const path = await stored();
  const draft = { sql: 'SELECT 2 AS n', message: 'two' };
  await http.put(`${path}/draft`).send(draft).expect(201);
  const response = await fetch(`${api.url}${path}/publish`, { method: 'POST' });
  expect(response.status).toBe(200);
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({
    status: 'published',
    version: 2,
    message: 'two',
    result: 'updated',
  });
  expect(body['versions']).toEqual(body['published_versions']);
  await http.put(`${path}/draft`).send({ sql: 'SELECT 3 AS n' }).expect(201);
  const silent = await http.post(`${path}/publish`).expect(200);
  expect(silent.body).toMatchObject({ version: 3, message: '', version_message: null });
});
