import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pipelineTests } from '@rat/contracts';
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
const POSITIVE = { name: 'positive', sql: 'SELECT * FROM {{ this }} WHERE n < 0' };

/** The path of a pipeline with one version, one test with SQL and one built-in test. */
async function stored(): Promise<string> {
  count += 1;
  const path = `/api/v1/pipelines/default/gold/tests${count}`;
  const body = { sql: 'SELECT 1 AS n', config: { tests: [{ not_null: 'n' }] } };
  await http
    .put(path)
    .send({ ...body, quality_tests: [FEW] })
    .expect(201);
  return path;
}

/** The path of a pipeline that has a draft only. */
async function unpublished(): Promise<string> {
  count += 1;
  const name = `tests${count}`;
  const body = { namespace: 'default', layer: 'gold', name, source: 'SELECT 1 AS n' };
  await http.post('/api/v1/pipelines').send(body).expect(201);
  return `/api/v1/pipelines/default/gold/${name}`;
}

async function testsOf(path: string) {
  const { body } = await http.get(`${path}/tests`).expect(200);
  return pipelineTests.parse(body).tests;
}

async function draftTests(path: string): Promise<string[]> {
  const { body } = await http.get(`${path}/draft`).expect(200);
  return body.quality_tests.map(({ name }: { name: string }) => name);
}

test('a test that is added is in the next version at once, with its severity and description', async () => {
  const path = await stored();
  const given = { ...POSITIVE, severity: 'warn', description: 'no debts', tags: ['money'] };
  const { body } = await http.post(`${path}/tests`).send(given).expect(201);
  const file = `default/pipelines/gold/tests${count}/tests/quality/positive.sql`;
  expect(body).toEqual({ name: 'positive', severity: 'warn', path: file, published: true });
  const { body: pipeline } = await http.get(path).expect(200);
  expect(pipeline).toMatchObject({
    version: 2,
    version_message: 'Adds the quality test positive',
    quality_tests: [FEW, given],
  });
  expect(Object.keys(pipeline.published_versions)).toContain(file);
  expect((await testsOf(path)).map((one) => [one.name, one.severity, one.published])).toEqual([
    ['not_null_n', 'error', true],
    ['few', 'error', true],
    ['positive', 'warn', true],
  ]);
});

test('what the annotations of a test say wins, and warning is another word for warn', async () => {
  const path = await stored();
  const annotated = { ...POSITIVE, sql: `-- @severity: warn\n${POSITIVE.sql}`, severity: 'error' };
  const { body } = await http.post(`${path}/tests`).send(annotated).expect(201);
  expect(body.severity).toBe('warn');
  const other = { ...POSITIVE, name: 'other', severity: 'warning' };
  expect((await http.post(`${path}/tests`).send(other).expect(201)).body.severity).toBe('warn');
  const plain = { ...POSITIVE, name: 'plain', severity: null, description: null };
  expect((await http.post(`${path}/tests`).send(plain).expect(201)).body.severity).toBe('error');
});

test('an open draft gets and loses the test too, and can be published still', async () => {
  const path = await stored();
  const draft = { sql: 'SELECT 2 AS n', quality_tests: [FEW] };
  await http.put(`${path}/draft`).send(draft).expect(201);
  await http.post(`${path}/tests`).send(POSITIVE).expect(201);
  expect(await draftTests(path)).toEqual(['few', 'positive']);
  await http.delete(`${path}/tests/few`).expect(204);
  expect(await draftTests(path)).toEqual(['positive']);
  const { body } = await http.post(`${path}/publish`).expect(200);
  expect(body).toMatchObject({ version: 4, sql: 'SELECT 2 AS n', quality_tests: [POSITIVE] });
});

test('a test of a pipeline without a version is in its draft, and runs after the first publish', async () => {
  const path = await unpublished();
  const { body } = await http.post(`${path}/tests`).send(FEW).expect(201);
  expect(body.published).toBe(false);
  expect(await testsOf(path)).toMatchObject([{ ...FEW, published: false, last_result: null }]);
  expect((await http.get(path)).body).toMatchObject({ version: 0, quality_tests: [] });
  await http.post(`${path}/tests`).send(POSITIVE).expect(201);
  await http.delete(`${path}/tests/few`).expect(204);
  await http.post(`${path}/publish`).expect(201);
  expect(await testsOf(path)).toMatchObject([{ ...POSITIVE, published: true }]);
  const other = await unpublished();
  await http.delete(`${other}/draft`).expect(204);
  await http.post(`${other}/tests`).send(FEW).expect(201);
  expect(await draftTests(other)).toEqual(['few']);
});

test('a name that is taken in the version, in the draft or by a built-in test is a 409', async () => {
  const path = await stored();
  await http
    .put(`${path}/draft`)
    .send({ sql: 'SELECT 1 AS n', quality_tests: [POSITIVE] })
    .expect(201);
  for (const name of ['few', 'positive', 'not_null_n']) {
    const { body } = await http
      .post(`${path}/tests`)
      .send({ ...FEW, name })
      .expect(409);
    expect(body.error.message).toBe(`the pipeline has a test ${name} already`);
  }
  expect((await http.get(path)).body.version).toBe(1);
});

test('a wrong test is refused with its place, and nothing is stored', async () => {
  const path = await stored();
  const wrong = { ...POSITIVE, sql: 'SELECT 1,\n{{ nope() }}' };
  const { body } = await http.post(`${path}/tests`).send(wrong).expect(422);
  expect(body.error.issues[0]).toMatchObject({ path: 'quality_tests.positive.sql', line: 2 });
  for (const other of [{ severity: 'fatal' }, { name: 'No' }, { sql: '' }, { colour: 'red' }]) {
    await http
      .post(`${path}/tests`)
      .send({ ...POSITIVE, ...other })
      .expect(400);
  }
  await http.post('/api/v1/pipelines/default/gold/nobody/tests').send(FEW).expect(404);
  const stale = await http.post(`${path}/tests`).set('If-Match', '"9-abc"').send(POSITIVE);
  expect(stale.status).toBe(412);
  expect((await http.get(path)).body.version).toBe(1);
});

test('a deleted test is gone from the next version, and its history stays', async () => {
  const path = await stored();
  await http.delete(`${path}/tests/few`).set('X-Requested-By', 'ada').expect(204);
  expect((await http.get(path)).body).toMatchObject({
    version: 2,
    quality_tests: [],
    version_author: 'ada',
    version_message: 'Removes the quality test few',
  });
  await http.delete(`${path}/tests/few`).expect(404);
  const builtIn = await http.delete(`${path}/tests/not_null_n`).expect(409);
  expect(builtIn.body.error.message).toContain('built-in test');
  await http.delete(`${path}/tests/No`).expect(400);
  await http.delete('/api/v1/pipelines/default/gold/nobody/tests/few').expect(404);
});

test('of many tests that are added at once none is lost', async () => {
  const path = await stored();
  const names = ['one', 'two', 'three'];
  const answers = await Promise.all(
    names.map((name) => http.post(`${path}/tests`).send({ ...FEW, name })),
  );
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  const found = (await testsOf(path)).map(({ name }) => name);
  expect(found).toEqual(expect.arrayContaining(names));
  expect((await http.get(path)).body.version).toBe(4);
});

test('a test that is sent again under its key is added once', async () => {
  const path = await stored();
  const post = (body: object) =>
    http.post(`${path}/tests`).set('Idempotency-Key', 'add').send(body);
  const answers = await Promise.all([1, 2, 3].map(() => post(POSITIVE).expect(201)));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect((await http.get(path)).body.version).toBe(2);
  const other = await post({ ...POSITIVE, name: 'other' }).expect(409);
  expect(other.body.error.message).toContain('another name');
});

test('an audit without a live runner answers at once, with the id of its run', async () => {
  const path = await stored();
  const { body } = await http.post(`${path}/tests/run`).expect(202);
  expect(body).toEqual({
    run_id: expect.any(String),
    status: 'pending',
    results: [],
    passed: 0,
    failed: 0,
    total: 0,
  });
});

test('what is said of a pipeline and its tests is readable as YAML, under both paths', async () => {
  const path = await stored();
  const name = `tests${count}`;
  await http.put(path).send({ description: 'a: b', owner: 'ada' }).expect(200);
  await http
    .post(`${path}/tests`)
    .send({ ...POSITIVE, severity: 'warn' })
    .expect(201);
  for (const one of [`${path}/metadata`, `/api/v1/metadata/default/pipeline/gold/${name}`]) {
    const { body } = await http.get(one).expect(200);
    expect(body.path).toBe(`default/pipelines/gold/${name}/pipeline.meta.yaml`);
    expect(body.content).toBe('description: "a: b"\nowner: ada\n');
  }
  for (const one of [`${path}/metadata/quality`, `/api/v1/metadata/default/quality/gold/${name}`]) {
    const { body } = await http.get(one).expect(200);
    expect(body.path).toBe(`default/pipelines/gold/${name}/tests/quality.meta.yaml`);
    const facts = (severity: string) => `  severity: ${severity}\n  tags: []\n`;
    expect(body.content).toBe(
      `not_null_n:\n${facts('error')}few:\n${facts('error')}positive:\n${facts('warn')}`,
    );
  }
  await http.get('/api/v1/pipelines/default/gold/nobody/metadata').expect(404);
});
