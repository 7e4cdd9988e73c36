import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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
