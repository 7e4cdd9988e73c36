import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pipelineDraft, pipelineList, putPipelineAnswer } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { versionedPipelines } from './versioned-pipelines.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
const { pipelineOf } = versionedPipelines(() => http);

beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

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
