import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pipelineDetail, pipelineList, putPipelineAnswer } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const PATH = '/api/v1/pipelines/default/gold/revenue';
const SQL =
  "-- @description: money by day\nSELECT day, sum(amount) AS revenue FROM {{ ref('silver.orders') }} GROUP BY day";
const TEST = { name: 'no_negative', sql: 'SELECT * FROM {{ this }} WHERE revenue < 0' };

describe('/api/v1/pipelines', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;

  beforeAll(async () => {
    api = await openApi();
    http = supertest(api.url);
  });
  afterAll(() => api.close());

  test('PUT creates a pipeline, ignores unchanged content, and creates a version for new content', async () => {
    const body = { sql: SQL, config: { max_retries: 1 }, quality_tests: [TEST] };
    const created = await http.put(PATH).send(body);
    expect(created.status).toBe(201);
    expect(putPipelineAnswer.parse(created.body)).toMatchObject({
      result: 'created',
      version: 1,
      namespace: 'default',
      layer: 'gold',
      name: 'revenue',
      description: 'money by day',
      sql: SQL,
      config: { description: 'money by day', max_retries: 1 },
      quality_tests: [{ ...TEST, severity: 'error' }],
    });
    const same = await http.put(PATH).send(body).expect(200);
    expect(same.body).toMatchObject({ result: 'unchanged', version: 1 });
    const changed = await http
      .put(PATH)
      .send({ ...body, sql: `${SQL} ORDER BY day` })
      .expect(200);
    expect(changed.body).toMatchObject({ result: 'updated', version: 2 });
    expect(changed.body.content_hash).not.toBe(created.body.content_hash);
    const { body: read } = await http.get(PATH).expect(200);
    expect(pipelineDetail.parse(read)).toMatchObject({ version: 2, sql: `${SQL} ORDER BY day` });
  });

  test('a run keeps the version that was current when it was created', async () => {
    await http.put('/api/v1/pipelines/default/bronze/pinned').send({ sql: 'SELECT 1 AS a' });
    const { body } = await http
      .post('/api/v1/runs')
      .send({ namespace: 'default', layer: 'bronze', pipeline: 'pinned' });
    await http.put('/api/v1/pipelines/default/bronze/pinned').send({ sql: 'SELECT 2 AS a' });
    const run = await http.get(`/api/v1/runs/${body.run_id}`);
    expect(run.body.pipeline_version).toBe(1);
  });

  test('invalid content is a 422 with the place of each mistake, and nothing is stored', async () => {
    const path = '/api/v1/pipelines/default/gold/wrong';
    const answer = await http.put(path).send({ sql: 'SELECT 1,\n{{ ref("x" }} AS n' });
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({ code: 'INVALID_ARGUMENT', type: 'VALIDATION' });
    expect(answer.body.error.issues[0]).toMatchObject({
      path: 'sql',
      line: 2,
      column: expect.any(Number),
    });
    await http.get(path).expect(404);
  });

  test.each<[string, object, string]>([
    ['an unknown config key', { sql: 'SELECT 1', config: { timeout: 5 } }, 'config'],
    [
      'a transform that is not offered',
      { sql: 'SELECT 1', config: { partition_by: [{ column: 'a', transform: 'bucket[4]' }] } },
      'config.partition_by.0.transform',
    ],
    [
      'a partition that is named twice',
      { sql: 'SELECT 1', config: { partition_by: ['a', { column: 'A', transform: 'day' }] } },
      'config.partition_by',
    ],
    [
      'a config value out of range',
      { sql: 'SELECT 1', config: { max_retries: 99 } },
      'config.max_retries',
    ],
    [
      'a test without a name',
      { sql: 'SELECT 1', quality_tests: [{ sql: 'SELECT 1' }] },
      'quality_tests.0.name',
    ],
    ['an unknown annotation', { sql: '-- @merge_strategi: x\nSELECT 1' }, 'sql'],
  ])('a pipeline with %s is a 422 that names the field', async (_what, body, path) => {
    const answer = await http.put('/api/v1/pipelines/default/gold/wrong').send(body);
    expect(answer.status).toBe(422);
    expect(answer.body.error.issues.map((issue: { path: string }) => issue.path)).toContainEqual(
      expect.stringContaining(path),
    );
  });

  test('a setting after a template comment applies, and a setting after the first statement is refused', async () => {
    const path = '/api/v1/pipelines/default/bronze/settings';
    const applied = await http
      .put(path)
      .send({ sql: '{# orders of a day #}\n-- @merge_strategy: append_only\nSELECT 1 AS a' })
      .expect(201);
    expect(applied.body.config).toEqual({ merge_strategy: 'append_only' });
    const refused = await http
      .put(path)
      .send({ sql: 'SELECT 1 AS id\n-- @merge_strategy: append_only' })
      .expect(422);
    expect(refused.body.error.issues).toMatchObject([
      { path: 'sql:@merge_strategy', line: 2, message: expect.stringContaining('above') },
    ]);
  });

  test.each<[object, string]>([
    [{ timeout_seconds: true }, 'config.timeout_seconds'],
    [{ timeout_seconds: [5] }, 'config.timeout_seconds'],
    [{ timeout_seconds: '0x10' }, 'config.timeout_seconds'],
    [{ max_retries: false }, 'config.max_retries'],
    [{ max_retries: [] }, 'config.max_retries'],
    [{ concurrency: { limit: true } }, 'config.concurrency.limit'],
    [
      { tests: [{ accepted_values: { column: 'a', values: [12345678901234567890n] } }] },
      'config.tests.0.accepted_values.values.0',
    ],
  ])('a setting of another type is refused and not converted: %p', async (config, path) => {
    const body = JSON.stringify({ sql: 'SELECT 1', config }, (_, value: unknown) =>
      typeof value === 'bigint' ? Number(value) : value,
    );
    const answer = await http.put('/api/v1/pipelines/default/gold/typed').type('json').send(body);
    expect(answer.status).toBe(422);
    expect(answer.body.error.issues[0].path).toContain(path);
  });

  test('an unknown key is refused with the closest known key', async () => {
    const answer = await http
      .put('/api/v1/pipelines/default/gold/typed')
      .send({ sql: 'SELECT 1', config: { timeout: 5 } })
      .expect(422);
    expect(answer.body.error.message).toContain('did you mean timeout_seconds?');
  });

  test('200 slow tests are refused together after one deadline, while the API serves other requests', async () => {
    const path = '/api/v1/pipelines/default/bronze/slow';
    const slow =
      '{% set l = range(60000)|list %}{% for i in range(100000) %}{% set x = l|sort(reverse=true) %}{% endfor %}SELECT 1';
    const quality_tests = Array.from({ length: 200 }, (_, n) => ({ name: `t${n}`, sql: slow }));
    // The first pipeline starts the rendering thread.
    await http.put(path).send({ sql: 'SELECT 1' }).expect(201);
    const state = { ended: false };
    const startedMs = performance.now();
    const putting = http
      .put(path)
      .send({ sql: 'SELECT 1', quality_tests })
      .then((answer) => {
        state.ended = true;
        return answer;
      });
    let answered = 0;
    while (!state.ended) {
      await http.get('/health/live').expect(200);
      if (!state.ended) answered += 1;
    }
    const answer = await putting;
    expect(answer.status).toBe(422);
    expect(answer.body.error.issues).toMatchObject([
      { path: 'quality_tests.t0.sql', message: expect.stringContaining('did not end in time') },
    ]);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(answered).toBeGreaterThan(5);
  });

  test.each<[string, object | string, string]>([
    ['no sql', { config: {} }, 'sql'],
    ['an empty sql', { sql: '' }, 'sql'],
    ['an unknown field', { sql: 'SELECT 1', tests: [] }, ''],
    ['tests that are no list', { sql: 'SELECT 1', quality_tests: {} }, 'quality_tests'],
  ])('a body with %s is a 400 that names the field', async (_what, body, path) => {
    const answer = await http.put('/api/v1/pipelines/default/gold/wrong').send(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.issues[0].path).toBe(path);
  });

  test.each(['[]', 'null', '{', ''])('the body %j is a 400', async (body) => {
    const answer = await http.put(PATH).type('json').send(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toBe('invalid request body');
  });

  test.each([
    ['default/gold/Revenue', 'namespace and name must be a lowercase slug'],
    ['1/gold/revenue', 'namespace and name must be a lowercase slug'],
    ['default/tin/revenue', 'layer must be bronze, silver, or gold'],
  ])('the path %s is a 400 for every method', async (path, message) => {
    const url = `/api/v1/pipelines/${path}`;
    for (const answer of [
      await http.get(url),
      await http.delete(url),
      await http.put(url).send({ sql: 'SELECT 1' }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.error.message).toContain(message);
    }
  });

  test('an unknown pipeline or namespace is a 404', async () => {
    const get = await http.get('/api/v1/pipelines/default/gold/nobody').expect(404);
    expect(get.body.error.message).toBe('pipeline not found');
    await http.delete('/api/v1/pipelines/default/gold/nobody').expect(404);
    const put = await http.put('/api/v1/pipelines/nowhere/gold/x').send({ sql: 'SELECT 1' });
    expect(put.status).toBe(404);
    expect(put.body.error.message).toContain('namespace not found: make it with POST');
  });

  test('DELETE hides a pipeline and keeps its runs, and PUT restores it with its history', async () => {
    const path = '/api/v1/pipelines/default/bronze/shortlived';
    const target = { namespace: 'default', layer: 'bronze', pipeline: 'shortlived' };
    await http.put(path).send({ sql: 'SELECT 1 AS a' }).expect(201);
    const { body } = await http.post('/api/v1/runs').send(target).expect(202);
    await http.delete(path).expect(204);
    await http.get(path).expect(404);
    await http.delete(path).expect(404);
    await http.post('/api/v1/runs').send(target).expect(404);
    await http.get(`/api/v1/runs/${body.run_id}`).expect(200);
    const back = await http.put(path).send({ sql: 'SELECT 2 AS a' }).expect(201);
    expect(back.body).toMatchObject({ result: 'created', version: 2 });
  });

  test('the list is filtered, ordered and paged', async () => {
    const { body } = await http.get('/api/v1/pipelines').expect(200);
    const list = pipelineList.parse(body);
    expect(list.total).toBe(list.pipelines.length);
    const names = list.pipelines.map((one) => `${one.layer}.${one.name}`);
    expect(names).toEqual(names.toSorted());
    const second = await http.get('/api/v1/pipelines?limit=1&offset=1');
    expect(second.body).toEqual({ pipelines: [list.pipelines[1]], total: list.total });
    const gold = await http.get('/api/v1/pipelines?layer=gold&namespace=default');
    expect(gold.body.pipelines.map((one: { name: string }) => one.name)).toEqual(['revenue']);
    for (const nobody of ['namespace=nobody', 'namespace=%00', 'namespace=Default']) {
      expect((await http.get(`/api/v1/pipelines?${nobody}`)).body).toEqual({
        pipelines: [],
        total: 0,
      });
    }
    for (const bad of ['layer=tin', 'limit=0', 'offset=-1']) {
      await http.get(`/api/v1/pipelines?${bad}`).expect(400);
    }
  });
});
