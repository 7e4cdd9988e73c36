import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pipelineDetail, pipelineList } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ALL = '/api/v1/pipelines';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
let count = 0;

beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

/** A name that no other test uses. */
function newName(): string {
  count += 1;
  return `new${count}`;
}

const bodyOf = (name: string) => ({ namespace: 'default', layer: 'silver', name, type: 'sql' });

async function made(more: object = { source: 'SELECT 1 AS n' }): Promise<string> {
  const name = newName();
  await http
    .post(ALL)
    .send({ ...bodyOf(name), ...more })
    .expect(201);
  return `${ALL}/default/silver/${name}`;
}

test('POST makes a pipeline that is a draft, and its publish makes version 1', async () => {
  const body = { ...bodyOf('orders_by_day'), source: 'SELECT 1 AS n', description: 'by day' };
  const { body: answer, headers } = await http
    .post(ALL)
    .set('X-Requested-By', 'ada')
    .send({ ...body, unique_key: 'n' })
    .expect(201);
  expect(answer).toEqual({
    namespace: 'default',
    layer: 'silver',
    name: 'orders_by_day',
    s3_path: 'default/pipelines/silver/orders_by_day/',
    files_created: ['pipeline.sql', 'config.yaml'],
  });
  const path = `${ALL}/default/silver/orders_by_day`;
  expect(headers['location']).toBe(path);
  const unpublished = {
    version: 0,
    type: 'sql',
    owner: 'ada',
    description: 'by day',
    s3_path: answer.s3_path,
    draft_dirty: true,
    published_at: null,
    published_versions: {},
  };
  const { body: before } = await http.get(path).expect(200);
  expect(pipelineDetail.parse(before)).toMatchObject({ ...unpublished, sql: '', config: {} });
  const { body: draft } = await http.get(`${path}/draft`).expect(200);
  expect(draft).toMatchObject({
    sql: 'SELECT 1 AS n',
    config: { description: 'by day', unique_key: 'n', merge_strategy: 'incremental' },
    base_version: 0,
  });
  const { body: page } = await http.get(`${ALL}?q=orders_by_day&include=health`).expect(200);
  expect(pipelineList.parse(page).pipelines).toMatchObject([unpublished]);

  await http.post(`${path}/publish`).expect(201);
  const { body: after } = await http.get(path).expect(200);
  const { published_versions: files, ...pipeline } = pipelineDetail.parse(after);
  expect(pipeline).toMatchObject({
    version: 1,
    owner: 'ada',
    description: 'by day',
    draft_dirty: false,
    published_at: expect.any(String),
    max_versions: 999_999_999,
  });
  expect(Object.keys(files)).toEqual([
    'default/pipelines/silver/orders_by_day/pipeline.sql',
    'default/pipelines/silver/orders_by_day/config.yaml',
  ]);
});

test('every route of a pipeline answers for one that is not published', async () => {
  const path = await made();
  const [, , , , , , name] = path.split('/');
  expect((await http.get(`${path}/versions`).expect(200)).body).toEqual({ versions: [], total: 0 });
  const missing = await http.get(`${path}/versions/1`).expect(404);
  expect(missing.body.error.message).toContain('has no published version');
  await http.get(`${path}/versions/diff?from=1`).expect(404);
  await http.post(`${path}/versions/1/restore`).expect(404);
  await http.get(`${path}/tests`).expect(200);
  await http.get(`${path}/tests/none/history`).expect(404);
  const found = await http.get(`/api/v1/search?q=${name}`).expect(200);
  expect(found.body.results).toMatchObject([{ kind: 'pipeline', name }]);
  const run = { namespace: 'default', layer: 'silver', pipeline: name };
  for (const answer of [
    await http.post('/api/v1/runs').send(run).expect(409),
    await http.post(`${path}/tests/run`).expect(409),
  ]) {
    expect(answer.body.error.message).toContain(`POST ${path}/publish`);
  }
  await http.delete(`${path}/draft`).expect(204);
  await http.post(`${path}/publish`).expect(404);
  await http.delete(path).expect(204);
  await http.get(path).expect(404);
  await http.post(`${path}/publish`).expect(404);
});

test('the tag of a pipeline without a version is good for one write', async () => {
  const path = await made();
  const { headers } = await http.get(path).expect(200);
  const put = (n: number) =>
    http
      .put(path)
      .set('If-Match', headers['etag'] ?? '')
      .send({ sql: `SELECT ${n} AS n` });
  await put(1).expect(201);
  const { body } = await put(2).expect(412);
  expect(body.error.conflict.current).toMatchObject({ version: 1 });
  const other = await made();
  const refused = await http.put(other).set('If-None-Match', '*').send({ sql: 'SELECT 1 AS n' });
  expect(refused.status).toBe(412);
  expect(refused.body.error.conflict.current).toMatchObject({ version: 0, content_hash: null });
});

test('a draft may be empty or wrong, and only its publish says so', async () => {
  for (const source of [undefined, 'SELEC {{ 1']) {
    const path = await made({ source });
    const { body } = await http.post(`${path}/publish`).expect(422);
    expect(body.error.issues[0].path).toBe('sql');
    await http.put(`${path}/draft`).send({ sql: 'SELECT 1 AS n' }).expect(200);
    await http.post(`${path}/publish`).expect(201);
  }
});

test('a Python pipeline is refused with what to write instead, and so is any other type', async () => {
  for (const [type, what] of [
    ['python', 'Python pipelines are not supported'],
    ['dbt', 'the type "dbt" is not supported'],
  ]) {
    const { body } = await http
      .post(ALL)
      .send({ ...bodyOf(newName()), type })
      .expect(422);
    expect(body.error.message).toContain(what);
    expect(body.error.message).toContain('write the pipeline in SQL');
  }
});

test('an empty namespace is default, a taken name a 409, and an unknown namespace a 404', async () => {
  const name = newName();
  const { body } = await http
    .post(ALL)
    .send({ ...bodyOf(name), namespace: '' })
    .expect(201);
  expect(body.s3_path).toBe(`default/pipelines/silver/${name}/`);
  const taken = await http.post(ALL).send(bodyOf(name)).expect(409);
  expect(taken.body.error.message).toBe(`pipeline default.silver.${name} exists already`);
  await http
    .post(ALL)
    .send({ ...bodyOf(name), namespace: 'nowhere' })
    .expect(404);
  for (const wrong of [{ name: 'No' }, { layer: 'copper' }, { colour: 'red' }]) {
    await http
      .post(ALL)
      .send({ ...bodyOf(newName()), ...wrong })
      .expect(400);
  }
});

test('a POST that is sent again under its key makes one pipeline', async () => {
  const name = newName();
  const post = (body: object) => http.post(ALL).set('Idempotency-Key', 'one').send(body);
  const answers = await Promise.all([1, 2, 3].map(() => post(bodyOf(name)).expect(201)));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  const replayed = answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true');
  expect(replayed).toHaveLength(2);
  const other = await post(bodyOf(newName())).expect(409);
  expect(other.body.error.message).toBe('this Idempotency-Key was used with another name');
  const run = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
  await http.post('/api/v1/runs').set('Idempotency-Key', 'one').send(run).expect(409);
});
