import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { pipelineFiles } from './pipeline-files.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
const { at, newPipeline, pathsOf, published, read, write } = pipelineFiles(() => http);

beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

describe('a path', () => {
  test.each([
    ['default/pipelines/gold/x/pipeline.py', 'written in SQL, not in Python'],
    ['default/pipelines/gold/x/notes.md', 'pipeline.sql, config.yaml and tests/quality/{test}.sql'],
    ['default/pipelines/gold/x/tests/quality/Bad%20Name.sql', 'lowercase slugs'],
    ['default/pipelines/platinum/x/pipeline.sql', 'is no file of a pipeline'],
    ['default/landing/drops/a.csv', 'is no file of a pipeline'],
    ['default/pipelines/gold/x/tests/quality.yaml', 'is made from the quality tests'],
  ])('%s cannot be written, and the answer says what can', async (path, message) => {
    const { body } = await write(path, 'SELECT 1').expect(422);
    expect(body.error.message).toContain(message);
    expect(body.error.issues).toHaveLength(1);
  });

  test.each([
    '..%2Fx/pipelines/gold/x/pipeline.sql',
    'default/pipelines/gold/../x/pipeline.sql',
    'default/pipelines/gold/%2e%2e/x/pipeline.sql',
    'default/pipelines/gold/%252e%252e/x/pipeline.sql',
    'default/pipelines/gold/%25252e%25252e/x/pipeline.sql',
    'default/pipelines/gold/x%252f..%252fpipeline.sql',
    '%2Fdefault/pipelines/gold/x/pipeline.sql',
    '%252Fdefault/pipelines/gold/x/pipeline.sql',
    'default/pipelines/gold/x%00/pipeline.sql',
    'default/pipelines/gold/x%2500/pipeline.sql',
    'default%5Cpipelines/gold/x/pipeline.sql',
    'default%255Cpipelines/gold/x/pipeline.sql',
    'default//pipelines/gold/x/pipeline.sql',
    '/default/pipelines/gold/x/pipeline.sql',
    `default/pipelines/gold/${'x'.repeat(600)}/pipeline.sql`,
    'default/pipelines/gold/%zz/pipeline.sql',
  ])('%s is refused by every method', async (path) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect([method, await rawStatus(method, at(path))]).toEqual([method, 400]);
    }
    if (path.includes('zz')) return;
    const decoded = decodeURIComponent(path);
    const form = http.post('/api/v1/files/upload').field('path', decoded);
    const { body } = await form.attach('file', Buffer.from('SELECT 1'), 'a.sql').expect(400);
    expect(body.error.message).toContain('path');
    const listed = await http.get('/api/v1/files').query({ prefix: decoded }).expect(400);
    expect(listed.body.error.message).toContain('prefix');
  });

  test('the slashes of a path may be encoded', async () => {
    const { folder } = await published();
    await http.get(`/api/v1/files/${encodeURIComponent(`${folder}pipeline.sql`)}`).expect(200);
  });
});

/** Sends the path as it is: an ordinary client would resolve `..` itself. */
async function rawStatus(method: string, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const body = method === 'PUT' ? '{"content":"SELECT 1"}' : '';
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(
      { hostname, port, path, method, ...(body === '' ? {} : { headers }) },
      (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode));
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

describe('content', () => {
  test('SQL keeps its limits, and cannot be empty', async () => {
    const { folder } = newPipeline();
    const empty = await write(`${folder}pipeline.sql`, '').expect(400);
    expect(empty.body.error.message).toContain('DELETE removes the file');
    await write(`${folder}pipeline.sql`, 'a\0b').expect(400);
    await write(`${folder}pipeline.sql`, ' '.repeat(500_001)).expect(400);
    await write(`${folder}config.yaml`, ' '.repeat(100_001)).expect(400);
    expect(await pathsOf(folder)).toEqual([]);
  });

  test('a deeply nested configuration is stored and refused at the publish', async () => {
    const { folder, route } = await published();
    await write(`${folder}config.yaml`, '- '.repeat(50_000)).expect(200);
    const { body } = await http.post(`${route}/publish`).expect(422);
    expect(body.error.message).toContain('is nested too deeply');
  });

  test('a pipeline has at most 200 tests', async () => {
    const { folder, route } = newPipeline();
    const tests = Array.from({ length: 200 }, (_, n) => ({ name: `t${n}`, sql: 'SELECT 1' }));
    await http.put(`${route}/draft`).send({ sql: 'SELECT 1', quality_tests: tests }).expect(201);
    const { body } = await write(`${folder}tests/quality/more.sql`, 'SELECT 1').expect(422);
    expect(body.error.message).toContain('at most 200');
    await write(`${folder}tests/quality/t7.sql`, 'SELECT 2').expect(200);
  });
});

describe('an upload', () => {
  const upload = () => http.post('/api/v1/files/upload');

  test('a form with path and file writes the file', async () => {
    const { folder } = newPipeline();
    const path = `${folder}pipeline.sql`;
    const answer = await upload()
      .attach('file', Buffer.from('\uFEFFSELECT 1 AS n'), 'my.sql')
      .field('path', path)
      .expect(201);
    expect(answer.body).toEqual({
      path,
      filename: 'my.sql',
      size: 16,
      status: 'uploaded',
      version_id: expect.any(String),
    });
    expect(await read(path)).toBe('SELECT 1 AS n');
  });

  test.each([
    ['the part path', { file: 'SELECT 1' }, 'path: is missing'],
    ['the part file', { path: 'default/pipelines/gold/x/pipeline.sql' }, 'file: is missing'],
  ])('a form without %s is refused', async (_what, parts, message) => {
    const form = upload();
    if ('path' in parts) void form.field('path', parts.path);
    if ('file' in parts) void form.attach('file', Buffer.from(parts.file), 'a.sql');
    const { body } = await form.expect(400);
    expect(body.error.message).toContain(message);
  });

  test('a body that is no form, another part and bytes that are no text are refused', async () => {
    await upload().send({ path: 'x' }).expect(415);
    const path = 'default/pipelines/gold/x/pipeline.sql';
    const other = await upload().field('path', path).field('mode', '1').expect(400);
    expect(other.body.error.message).toContain('path');
    const bytes = upload()
      .field('path', path)
      .attach('file', Buffer.from([0x53, 0xff]), 'a.sql');
    expect((await bytes.expect(400)).body.error.message).toContain('must be UTF-8');
    const large = upload().field('path', path).attach('file', Buffer.alloc(3_000_000, 65), 'a.sql');
    await large.expect(413);
  });
});

describe('a list', () => {
  test('a prefix need not end at a folder, and an excluded folder is left out', async () => {
    const { folder } = await published();
    const all = await pathsOf(folder);
    expect(all).toHaveLength(3);
    expect(await pathsOf(folder.slice(0, -1))).toEqual(expect.arrayContaining(all));
    expect(await pathsOf(`${folder}pipe`)).toEqual([`${folder}pipeline.sql`]);
    expect(await pathsOf(folder, 'tests,landing')).toEqual(all.slice(0, 2));
    expect(await pathsOf('default/landing/')).toEqual([]);
  });

  test('without a prefix, the files of all pipelines and drafts are listed, also beyond one batch', async () => {
    await http.post('/api/v1/namespaces').send({ name: 'many' }).expect(201);
    for (let n = 0; n < 120; n += 1) {
      await api.db.pool.query(
        `INSERT INTO pipeline_drafts (namespace, layer, name, revision, base_version, sql, config, quality_tests)
         VALUES ('many', 'silver', $1, gen_random_uuid(), 0, 'SELECT 1', '{}', '[]')`,
        [`p${n}`],
      );
    }
    expect(await pathsOf('many/')).toHaveLength(120);
    const all = await pathsOf('');
    expect(all).toEqual(all.toSorted());
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((path) => path.startsWith('many/'))).toHaveLength(120);
  });
});
