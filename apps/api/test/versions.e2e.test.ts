import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  pipelineDraft,
  pipelineList,
  putPipelineAnswer,
  versionDetail,
  versionDiff,
  versionList,
} from '@rat/contracts';
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

/** The path of a pipeline with the versions `SELECT 1 AS n` to `SELECT <versions> AS n`. */
async function pipelineOf(versions: number): Promise<string> {
  count += 1;
  const path = `/api/v1/pipelines/default/gold/p${count}`;
  for (let n = 1; n <= versions; n += 1) {
    await http
      .put(path)
      .set('X-Requested-By', `author ${n}`)
      .send({ sql: `SELECT ${n} AS n`, message: `change ${n}` });
  }
  return path;
}

async function tagOf(path: string): Promise<string> {
  const answer = await http.get(path).expect(200);
  return answer.headers['etag'] ?? '';
}

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

describe('the precondition of a write', () => {
  test('the tag of a pipeline is strong, and changes with its content only', async () => {
    const path = await pipelineOf(1);
    const first = await tagOf(path);
    expect(first).toMatch(/^"1-[0-9a-f]{16}"$/);
    expect(await tagOf(`${path}/versions/1`)).toBe(first);
    const same = await http.put(path).send({ sql: 'SELECT 1 AS n' }).expect(200);
    expect(same.headers['etag']).toBe(first);
    const next = await http.put(path).send({ sql: 'SELECT 2 AS n' }).expect(200);
    expect(next.headers['etag']).not.toBe(first);
    expect(await tagOf(path)).toBe(next.headers['etag']);
    expect(await tagOf(`${path}/versions/1`)).toBe(first);
  });

  test('of two PUTs with the same If-Match exactly one is carried out', async () => {
    const path = await pipelineOf(1);
    const tag = await tagOf(path);
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) =>
        http
          .put(path)
          .set('If-Match', tag)
          .send({ sql: `SELECT 1 AS ${name}` }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 412, 412, 412,
    ]);
    expect((await http.get(path)).body.version).toBe(2);
  });

  test('an overtaken write is a 412 that shows both sides', async () => {
    const path = await pipelineOf(2);
    const { body } = await http
      .put(path)
      .set('If-Match', await tagOf(`${path}/versions/1`))
      .send({ sql: 'SELECT 9 AS n' })
      .expect(412);
    expect(body.error).toMatchObject({
      code: 'PRECONDITION_FAILED',
      type: 'CONFLICT',
      message: 'the request is based on version 1, but the current version is 2 by author 2',
      conflict: {
        yours: { kind: 'version', version: 1, author: 'author 1', message: 'change 1' },
        current: {
          kind: 'version',
          version: 2,
          author: 'author 2',
          message: 'change 2',
          etag: await tagOf(path),
          content_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
          at: expect.any(String),
        },
      },
    });
    expect((await http.get(path)).body.version).toBe(2);
  });

  test('every write of a pipeline honours If-Match', async () => {
    const path = await pipelineOf(2);
    const old = await tagOf(`${path}/versions/1`);
    const current = await tagOf(path);
    await http.delete(path).set('If-Match', old).expect(412);
    await http.post(`${path}/versions/1/restore`).set('If-Match', old).expect(412);
    await http.put(`${path}/draft`).set('If-Match', old).send({ sql: 'SELECT 3' }).expect(412);
    await http.get(`${path}/draft`).expect(404);
    const draft = await http
      .put(`${path}/draft`)
      .set('If-Match', current)
      .send({ sql: 'SELECT 3 AS n' })
      .expect(201);
    const draftTag = draft.headers['etag'] ?? '';
    expect(await tagOf(`${path}/draft`)).toBe(draftTag);
    await http.post(`${path}/publish`).set('If-Match', old).expect(412);
    await http.delete(`${path}/draft`).set('If-Match', old).expect(412);
    await http.post(`${path}/publish`).set('If-Match', draftTag).expect(200);
    await http
      .delete(path)
      .set('If-Match', `"1-x", ${await tagOf(path)}`)
      .expect(204);
  });

  test('If-None-Match creates only, and If-Match creates nothing', async () => {
    const path = await pipelineOf(0);
    const put = (header: string) => http.put(path).set(header, '*').send({ sql: 'SELECT 1 AS n' });
    await put('If-Match').expect(412);
    await http.get(path).expect(404);
    await put('If-None-Match').expect(201);
    const { body } = await put('If-None-Match').expect(412);
    expect(body.error.message).toBe('If-None-Match: * creates only, but the current version is 1');
    await put('If-Match').expect(200);
  });

  test('a precondition that is not understood is a 400 and not ignored', async () => {
    const path = await pipelineOf(1);
    await http.put(path).set('If-Match', '1').send({ sql: 'SELECT 2' }).expect(400);
    await http.put(path).set('If-None-Match', '"1-x"').send({ sql: 'SELECT 2' }).expect(400);
    expect((await http.get(path)).body.version).toBe(1);
  });

  test('the tag turns no answer into a 304, because figures beside the content may have changed', async () => {
    const path = await pipelineOf(1);
    await http
      .get(path)
      .set('If-None-Match', await tagOf(path))
      .expect(200);
  });
});

describe('the draft of a pipeline', () => {
  test('a draft is stored with its mistakes, lists them, and is refused with the same when it is published', async () => {
    const path = await pipelineOf(1);
    const wrong = {
      sql: 'SELECT {{ ref("x" }}',
      config: { timeout: 5 },
      quality_tests: [{ name: 'Few', sql: '' }],
      message: 'half of it',
      requested_by: 'ann',
    };
    const put = await http.put(`${path}/draft`).send(wrong).expect(201);
    const draft = pipelineDraft.parse(put.body);
    expect(draft).toMatchObject({
      sql: wrong.sql,
      config: wrong.config,
      quality_tests: wrong.quality_tests,
      base_version: 1,
      author: 'ann',
      message: 'half of it',
    });
    const places = draft.issues.map((issue) => issue.path);
    expect(places).toEqual(expect.arrayContaining(['config', 'quality_tests.0.name']));
    const read = await http.get(`${path}/draft`).expect(200);
    expect(read.body).toEqual(put.body);
    const refused = await http.post(`${path}/publish`).expect(422);
    const errors = refused.body.error.issues.map((issue: object) => ({
      severity: 'error',
      ...issue,
    }));
    expect(errors).toEqual(draft.issues);
    expect((await http.get(path)).body).toMatchObject({ version: 1, draft_dirty: true });
    // The body of the draft itself has the shape of a pipeline, and the template has a mistake.
    const second = await http.put(`${path}/draft`).send({ sql: wrong.sql }).expect(200);
    expect(second.body.issues).toMatchObject([{ path: 'sql', line: 1 }]);
    const empty = await http.put(`${path}/draft`).send({ sql: '' }).expect(200);
    expect(empty.body.issues).toMatchObject([{ path: 'sql' }]);
    await http.post(`${path}/publish`).expect(422);
  });

  test('a published draft is the newest version and is gone', async () => {
    const path = await pipelineOf(1);
    const draft = await http
      .put(`${path}/draft`)
      .send({ sql: 'SELECT 2 AS n', requested_by: 'ann' })
      .expect(201);
    // No runner is live in this test.
    expect(draft.body.issues).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('the SQL was not checked') },
    ]);
    const list = pipelineList.parse((await http.get('/api/v1/pipelines?layer=gold')).body);
    const names = list.pipelines.filter((one) => one.draft_dirty).map((one) => one.name);
    expect(names).toContain(path.split('/').at(-1));
    const published = await http.post(`${path}/publish`).send({ message: 'done' }).expect(200);
    expect(putPipelineAnswer.parse(published.body)).toMatchObject({
      result: 'updated',
      version: 2,
      sql: 'SELECT 2 AS n',
      version_author: 'ann',
      version_message: 'done',
      draft_dirty: false,
    });
    await http.get(`${path}/draft`).expect(404);
    const again = await http.post(`${path}/publish`).expect(200);
    expect(again.body).toMatchObject({ version: published.body.version, result: 'unchanged' });
    await http.post(`${path}/publish`).set('If-Match', '"draft-gone"').expect(404);
  });

  test('a draft can precede its pipeline', async () => {
    const path = await pipelineOf(0);
    const draft = await http.put(`${path}/draft`).send({ sql: 'SELECT 1 AS n' }).expect(201);
    expect(draft.body.base_version).toBe(0);
    await http.get(path).expect(404);
    await http.post(`${path}/publish`).expect(201);
    expect((await http.get(path)).body).toMatchObject({ version: 1, draft_dirty: false });
  });

  test('a draft whose pipeline has changed is a 412 until it names the new base', async () => {
    const path = await pipelineOf(1);
    await http.put(`${path}/draft`).send({ sql: 'SELECT 3 AS n' }).expect(201);
    await http.put(path).send({ sql: 'SELECT 2 AS n', requested_by: 'bob' }).expect(200);
    const { body } = await http.post(`${path}/publish`).expect(412);
    expect(body.error).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('begun from version 1, but now the current version is 2'),
      conflict: { yours: { version: 1 }, current: { version: 2, author: 'bob' } },
    });
    const kept = await http.put(`${path}/draft`).send({ sql: 'SELECT 3 AS n' }).expect(200);
    expect(kept.body.base_version).toBe(1);
    const ahead = { sql: 'SELECT 3 AS n', base_version: 3 };
    await http.put(`${path}/draft`).send(ahead).expect(400);
    await http
      .put(`${path}/draft`)
      .send({ ...ahead, base_version: 2 })
      .expect(200);
    const done = await http.post(`${path}/publish`).expect(200);
    expect(done.body.version).toBe(3);
  });

  test('a dropped draft is gone', async () => {
    const path = await pipelineOf(1);
    await http.delete(`${path}/draft`).expect(404);
    await http.put(`${path}/draft`).send({ sql: 'SELECT 2 AS n' }).expect(201);
    await http.delete(`${path}/draft`).expect(204);
    await http.get(`${path}/draft`).expect(404);
    expect((await http.get(path)).body).toMatchObject({ version: 1, draft_dirty: false });
  });

  test('a draft with the wrong shape, or in no namespace, is refused', async () => {
    const path = await pipelineOf(1);
    for (const body of [{}, { sql: 1 }, { sql: 'x', tests: [] }, { sql: 'x', config: [] }]) {
      await http.put(`${path}/draft`).send(body).expect(400);
    }
    const nowhere = '/api/v1/pipelines/nowhere/gold/x/draft';
    await http.put(nowhere).send({ sql: 'SELECT 1' }).expect(404);
  });
});
