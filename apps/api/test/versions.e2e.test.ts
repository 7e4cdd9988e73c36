import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { putPipelineAnswer, versionDetail, versionDiff, versionList } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { versionedPipelines } from './versioned-pipelines.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
const { pipelineOf, tagOf } = versionedPipelines(() => http);

beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

describe('the versions of a pipeline', () => {
  test('each version has its author, its reason and its time, newest first', async () => {
    const path = await pipelineOf(3);
    const { body } = await http.get(`${path}/versions?limit=2`).expect(200);
    const page = versionList.parse(body);
    expect(page.total).toBe(3);
    expect(page.versions).toMatchObject([
      { version: 3, author: 'author 3', message: 'change 3', is_current: true, runs: 0 },
      { version: 2, author: 'author 2', message: 'change 2', is_current: false, runs: 0 },
    ]);
    const second = await http.get(`${path}/versions?limit=2&offset=2`).expect(200);
    expect(second.body).toMatchObject({ versions: [{ version: 1 }], total: 3 });
    const pipeline = await http.get(path).expect(200);
    expect(pipeline.body).toMatchObject({
      version_author: 'author 3',
      version_message: 'change 3',
    });
  });

  test('a version has its id, its number twice, and the paths of its files', async () => {
    const path = await pipelineOf(1);
    const few = { name: 'few', sql: 'SELECT * FROM {{ this }} WHERE n > 9' };
    const body = { sql: 'SELECT 2 AS n', config: { max_retries: 1 }, quality_tests: [few] };
    const { body: pipeline } = await http.put(path).send(body).expect(200);
    const { body: page } = await http.get(`${path}/versions`).expect(200);
    const [second, first] = versionList.parse(page).versions;
    const prefix = pipeline.s3_path;
    expect(second).toMatchObject({
      pipeline_id: pipeline.id,
      version_number: 2,
      message: '',
      published_versions: pipeline.published_versions,
    });
    expect(pipeline.published_versions).toEqual({
      [`${prefix}pipeline.sql`]: second?.id,
      [`${prefix}config.yaml`]: second?.id,
      [`${prefix}tests/quality/few.sql`]: second?.id,
    });
    expect(first?.published_versions).toEqual({ [`${prefix}pipeline.sql`]: first?.id });
    const { body: one } = await http.get(`${path}/versions/1`).expect(200);
    expect(versionDetail.parse(one)).toMatchObject({ ...first, version_number: 1 });
  });

  test('a rollback names its version in the body, and makes a new version of its content', async () => {
    const path = await pipelineOf(2);
    const rollback = (body: object) => http.post(`${path}/rollback`).send(body);
    const { body } = await rollback({ version: 1, message: 'the sum was right' }).expect(200);
    expect(body).toEqual({
      status: 'rolled_back',
      from_version: 1,
      new_version: 3,
      message: 'the sum was right',
    });
    expect((await http.get(path)).body).toMatchObject({ version: 3, sql: 'SELECT 1 AS n' });
    const same = await rollback({ version: 3 }).expect(200);
    expect(same.body.new_version).toBe(3);
    const other = await rollback({ version: 2 }).expect(200);
    expect(other.body).toMatchObject({ new_version: 4, message: 'Restores version 2' });
    await rollback({ version: 9 }).expect(404);
    await rollback({ version: 0 }).expect(400);
    await rollback({}).expect(400);
    const stale = await rollback({ version: 1 }).set('If-Match', await tagOf(`${path}/versions/1`));
    expect(stale.status).toBe(412);
  });

  test('the reason for a version is no part of its content', async () => {
    const path = await pipelineOf(1);
    const same = { sql: 'SELECT 1 AS n', message: 'another reason', requested_by: 'zoe' };
    const { body } = await http.put(path).send(same).expect(200);
    expect(body).toMatchObject({
      result: 'unchanged',
      version_author: 'author 1',
      version_message: 'change 1',
    });
  });

  test('a version shows its files, its runs and its newest run', async () => {
    const path = await pipelineOf(1);
    const [, , , , namespace, layer, pipeline] = path.split('/');
    const { body: run } = await http.post('/api/v1/runs').send({ namespace, layer, pipeline });
    await http.put(path).send({
      sql: 'SELECT 2 AS n',
      config: { max_retries: 1 },
      quality_tests: [{ name: 'few', sql: 'SELECT * FROM {{ this }} WHERE n > 9' }],
    });
    const first = await http.get(`${path}/versions/1`).expect(200);
    expect(versionDetail.parse(first.body)).toMatchObject({
      version: 1,
      sql: 'SELECT 1 AS n',
      config: {},
      quality_tests: [],
      is_current: false,
      runs: 1,
      last_run: { id: run.run_id, status: 'pending' },
    });
    const second = await http.get(`${path}/versions/2`).expect(200);
    expect(versionDetail.parse(second.body)).toMatchObject({
      config: { max_retries: 1 },
      quality_tests: [{ name: 'few', severity: 'error' }],
      is_current: true,
      runs: 0,
      last_run: null,
      author: null,
      message: '',
    });
  });

  test('a diff shows changed lines of files and changed settings', async () => {
    const path = await pipelineOf(0);
    const few = { name: 'few', sql: 'SELECT * FROM {{ this }} WHERE n > 9' };
    await http.put(path).send({ sql: 'SELECT 1 AS n,\n2 AS m', quality_tests: [few] });
    await http.put(path).send({
      sql: 'SELECT 1 AS n,\n3 AS m',
      config: { max_retries: 2 },
      quality_tests: [{ ...few, severity: 'warn' }],
    });
    const { body } = await http.get(`${path}/versions/diff?from=1`).expect(200);
    expect(versionDiff.parse(body)).toMatchObject({
      from: { version: 1, is_current: false },
      to: { version: 2, is_current: true },
      files: [
        {
          path: 'pipeline.sql',
          status: 'changed',
          added: 1,
          removed: 1,
          diff: expect.stringContaining('-2 AS m'),
        },
        {
          path: 'tests/quality/few.sql',
          diff: '',
          settings: [{ key: 'severity', from: 'error', to: 'warn' }],
        },
      ],
      config: [{ key: 'max_retries', from: null, to: 2 }],
    });
    const back = await http.get(`${path}/versions/diff?from=2&to=1`).expect(200);
    expect(back.body.config).toEqual([{ key: 'max_retries', from: 2, to: null }]);
    const none = await http.get(`${path}/versions/diff?from=2&to=2`).expect(200);
    expect(none.body).toMatchObject({ files: [], config: [] });
  });

  test('a restored version is a new version with the old files', async () => {
    const path = await pipelineOf(2);
    const restored = await http
      .post(`${path}/versions/1/restore`)
      .send({ requested_by: 'ann' })
      .expect(201);
    expect(putPipelineAnswer.parse(restored.body)).toMatchObject({
      result: 'updated',
      version: 3,
      sql: 'SELECT 1 AS n',
      version_author: 'ann',
      version_message: 'Restores version 1',
    });
    const again = await http.post(`${path}/versions/1/restore`).expect(200);
    expect(again.body).toMatchObject({ result: 'unchanged', version: 3 });
    const current = await http.post(`${path}/versions/3/restore`).expect(200);
    expect(current.body).toMatchObject({ result: 'unchanged', version: 3 });
  });

  test('an earlier version that is no longer valid is not restored', async () => {
    const path = await pipelineOf(2);
    await api.db.pool.query(
      `UPDATE pipeline_versions v SET sql = 'SELECT {{ no'
       FROM pipelines p WHERE p.id = v.pipeline_id AND p.name = $1 AND v.version = 1`,
      [path.split('/').at(-1)],
    );
    const refused = await http.post(`${path}/versions/1/restore`).expect(422);
    expect(refused.body.error.issues).toMatchObject([{ path: 'sql', line: 1 }]);
    expect((await http.get(path)).body.version).toBe(2);
  });

  test('what does not exist is a 404 that names what does', async () => {
    const path = await pipelineOf(2);
    for (const missing of [`${path}/versions/3`, `${path}/versions/diff?from=3&to=1`]) {
      const { body } = await http.get(missing).expect(404);
      expect(body.error.message).toBe('version 3 not found: the pipeline has versions 1 to 2');
    }
    await http.post(`${path}/versions/3/restore`).expect(404);
    const nobody = '/api/v1/pipelines/default/gold/nobody';
    for (const url of [`${nobody}/versions`, `${nobody}/versions/1`, `${nobody}/draft`]) {
      await http.get(url).expect(404);
    }
    for (const wrong of ['0', '01', 'x', '-1', '1e3']) {
      const { body } = await http.get(`${path}/versions/${wrong}`).expect(400);
      expect(body.error.message).toContain('version must be a whole number');
    }
    const { body } = await http.get(`${path}/versions/diff`).expect(400);
    expect(body.error.message).toContain('from: is missing');
  });

  test.each<[object, string]>([
    [{ message: 'x'.repeat(501) }, 'message: must be at most 500 characters'],
    [{ message: 'a\u202eb' }, 'U+202E'],
    [{ message: 1 }, 'message'],
    [{ requested_by: '' }, 'requested_by'],
    [{ note: 'x' }, 'note'],
  ])('a note of a version that is not one is refused: %j', async (note, message) => {
    const path = await pipelineOf(1);
    for (const request of [
      http.put(path).send({ sql: 'SELECT 9 AS n', ...note }),
      http.post(`${path}/versions/1/restore`).send(note),
    ]) {
      const { status, body } = await request;
      expect(status).toBe(400);
      expect(body.error.message).toContain(message);
    }
  });

  test('an empty reason counts as absent', async () => {
    const path = await pipelineOf(1);
    const { body } = await http.put(path).send({ sql: 'SELECT 9 AS n', message: ' ' }).expect(200);
    expect(body.version_message).toBeNull();
  });
});
