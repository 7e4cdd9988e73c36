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

describe('the files of a pipeline', () => {
  test('a published pipeline shows the files of its current version', async () => {
    const { folder } = await published();
    const { body } = await http.get('/api/v1/files').query({ prefix: folder }).expect(200);
    expect(body.files).toEqual([
      expect.objectContaining({ path: `${folder}config.yaml`, type: 'config' }),
      expect.objectContaining({ path: `${folder}pipeline.sql`, type: 'pipeline-sql', size: 32 }),
      expect.objectContaining({ path: `${folder}tests/quality/few.sql`, type: 'test' }),
    ]);
    const file = await http.get(at(`${folder}pipeline.sql`)).expect(200);
    expect(file.body).toEqual({
      path: `${folder}pipeline.sql`,
      content: '-- @max_retries: 2\nSELECT 1 AS n',
      size: 32,
      modified: expect.any(String),
    });
    // What the SQL sets does not stand in the configuration a second time.
    expect(await read(`${folder}config.yaml`)).toBe('description: Numbers\n');
  });

  test('a write changes the draft, and the published version stays until a publish', async () => {
    const { route, folder } = await published();
    const written = await write(`${folder}pipeline.sql`, 'SELECT 2 AS n').expect(200);
    expect(written.body).toEqual({
      path: `${folder}pipeline.sql`,
      status: 'written',
      version_id: expect.any(String),
    });
    expect(await read(`${folder}pipeline.sql`)).toBe('SELECT 2 AS n');
    const before = await http.get(route).expect(200);
    expect(before.body).toMatchObject({ version: 1, draft_dirty: true });
    await http.post(`${route}/publish`).expect(200);
    const after = await http.get(route).expect(200);
    expect(after.body).toMatchObject({
      version: 2,
      draft_dirty: false,
      sql: 'SELECT 2 AS n',
      // The setting went with the annotation that made it.
      config: { description: 'Numbers' },
      quality_tests: [{ name: 'few' }],
    });
  });

  test('a configuration is kept as it was written, with its comments', async () => {
    const { route, folder } = await published();
    const text = '# Agreed with sales\nmax_retries: 3   # at night\n\ndescription: Numbers\n';
    await write(`${folder}config.yaml`, text).expect(200);
    await write(`${folder}pipeline.sql`, 'SELECT 3 AS n').expect(200);
    expect(await read(`${folder}config.yaml`)).toBe(text);
    await http.post(`${route}/publish`).expect(200);
    expect(await read(`${folder}config.yaml`)).toBe(text);
    const { body } = await http.get(route).expect(200);
    expect(body).toMatchObject({
      config: { max_retries: 3, description: 'Numbers' },
      config_yaml: text,
    });
    const same = { sql: 'SELECT 3 AS n', config: body.config, quality_tests: body.quality_tests };
    const again = await http.put(route).send(same).expect(200);
    expect(again.body).toMatchObject({ result: 'unchanged', config_yaml: text });
  });

  test('an unfinished configuration is stored, and a publish names its line', async () => {
    const { route, folder } = await published();
    await write(`${folder}config.yaml`, 'description: Numbers\nmax_retries: [').expect(200);
    const draft = await http.get(`${route}/draft`).expect(200);
    expect(draft.body.issues).toEqual([expect.objectContaining({ path: 'config', line: 2 })]);
    const refused = await http.post(`${route}/publish`).expect(422);
    expect(refused.body.error.issues).toEqual([
      expect.objectContaining({ path: 'config', line: 2 }),
    ]);
  });

  test('a pipeline can be written file by file before it exists', async () => {
    const { route, folder } = newPipeline();
    await write(`${folder}tests/quality/few.sql`, 'SELECT 1 WHERE false').expect(200);
    await write(`${folder}pipeline.sql`, 'SELECT 1 AS n').expect(200);
    const [, , , , namespace, layer, name] = route.split('/');
    await http.post('/api/v1/pipelines').send({ namespace, layer, name, type: 'sql' }).expect(201);
    await http.post(`${route}/publish`).expect((answer) => answer.status < 300);
    const { body } = await http.get(route).expect(200);
    expect(body).toMatchObject({
      version: 1,
      sql: 'SELECT 1 AS n',
      quality_tests: [{ name: 'few' }],
    });
  });

  test('a write in an unknown namespace is refused with the request that makes it', async () => {
    const { folder } = newPipeline('nowhere');
    const { body } = await write(`${folder}pipeline.sql`, 'SELECT 1').expect(404);
    expect(body.error.message).toContain('POST /api/v1/namespaces {"name": "nowhere"}');
  });

  test('a removed file is gone from the draft, and removing it again changes nothing', async () => {
    const { folder, route } = await published();
    const path = `${folder}tests/quality/few.sql`;
    await http.delete(at(path)).expect(204);
    const missing = await http.get(at(path)).expect(404);
    expect(missing.body.error.message).toContain('PUT writes it');
    const { headers } = await http.get(`${route}/draft`).expect(200);
    await http.delete(at(path)).expect(204);
    const again = await http.get(`${route}/draft`).expect(200);
    expect(again.headers['etag']).toBe(headers['etag']);
    expect(await pathsOf(folder)).toEqual([`${folder}config.yaml`, `${folder}pipeline.sql`]);
  });

  test('removing a missing file begins no draft', async () => {
    const { folder, route } = await published();
    await http.delete(at(`${folder}tests/quality/many.sql`)).expect(204);
    await http.delete(at(`${folder}x.sql`)).expect(204);
    await http.get(`${route}/draft`).expect(404);
  });

  test('a test keeps the settings that its SQL does not make', async () => {
    const { route, folder } = newPipeline();
    const few = { name: 'few', sql: 'SELECT 1 WHERE false', severity: 'warn', tags: ['a'] };
    await http
      .put(route)
      .send({ sql: 'SELECT 1 AS n', quality_tests: [few] })
      .expect(201);
    await write(`${folder}tests/quality/few.sql`, '-- @tags: b\nSELECT 2 WHERE false').expect(200);
    expect(await read(`${folder}tests/quality.yaml`)).toBe(
      'few:\n  severity: warn\n  tags:\n    - a\n',
    );
    await http.post(`${route}/publish`).expect(200);
    const { body } = await http.get(route).expect(200);
    expect(body.quality_tests).toMatchObject([{ severity: 'warn', tags: ['b'] }]);
  });
});

describe('the difference of a draft', () => {
  test('a draft is compared with the current version, settings of annotations as well', async () => {
    const { route, folder } = await published();
    await write(`${folder}pipeline.sql`, '-- @max_retries: 2\nSELECT 2 AS n').expect(200);
    await write(`${folder}tests/quality/many.sql`, 'SELECT 1').expect(200);
    await http.delete(at(`${folder}tests/quality/few.sql`)).expect(204);
    const { body, headers } = await http.get(`${route}/draft/diff`).expect(200);
    expect(body).toMatchObject({ from: { version: 1 }, base_version: 1, config: [] });
    expect(body.files).toMatchObject([
      {
        path: 'pipeline.sql',
        status: 'changed',
        added: 1,
        removed: 1,
        diff: expect.stringContaining('-SELECT 1 AS n\n'),
      },
      { path: 'tests/quality/few.sql', status: 'removed' },
      { path: 'tests/quality/many.sql', status: 'added' },
    ]);
    const draft = await http.get(`${route}/draft`).expect(200);
    expect(headers['etag']).toBe(draft.headers['etag']);
  });

  test('without a version everything is new, and without a draft there is nothing to compare', async () => {
    const { route, folder } = newPipeline();
    await http.get(`${route}/draft/diff`).expect(404);
    await write(`${folder}config.yaml`, 'max_retries: 1 # once\n').expect(200);
    const { body } = await http.get(`${route}/draft/diff`).expect(200);
    expect(body).toMatchObject({
      from: null,
      base_version: 0,
      files: [{ path: 'config.yaml', status: 'added', added: 1 }],
      config: [{ key: 'max_retries', from: null, to: 1 }],
    });
  });

  test('versions that differ by a comment of config.yaml show its line', async () => {
    const { route } = newPipeline();
    await http.put(route).send({ sql: 'SELECT 1 AS n', config: 'pool: a # one\n' }).expect(201);
    await http.put(route).send({ sql: 'SELECT 1 AS n', config: 'pool: a # two\n' }).expect(200);
    const { body } = await http.get(`${route}/versions/diff?from=1`).expect(200);
    expect(body).toMatchObject({
      config: [],
      files: [{ path: 'config.yaml', added: 1, removed: 1 }],
    });
  });
});

describe('a configuration as text', () => {
  test('single tests and a new description keep its comments', async () => {
    const { route } = newPipeline();
    await http.put(route).send({ sql: 'SELECT 1 AS n', config: '# why\npool: a\n' }).expect(201);
    await http
      .post(`${route}/tests`)
      .send({ name: 'few', sql: 'SELECT 1 WHERE false' })
      .expect(201);
    await http.put(route).send({ description: 'Numbers' }).expect(200);
    const { body } = await http.get(route).expect(200);
    expect(body).toMatchObject({
      version: 3,
      config: { pool: 'a', description: 'Numbers' },
      config_yaml: '# why\npool: a\ndescription: Numbers\n',
      quality_tests: [{ name: 'few' }],
    });
  });

  test('a restore of an old version has its text', async () => {
    const { route } = newPipeline();
    await http.put(route).send({ sql: 'SELECT 1 AS n', config: 'pool: a # one\n' }).expect(201);
    await http.put(route).send({ sql: 'SELECT 2 AS n', config: {} }).expect(200);
    await http.post(`${route}/versions/1/restore`).expect(201);
    const { body } = await http.get(`${route}/versions/3`).expect(200);
    expect(body).toMatchObject({ config: { pool: 'a' }, config_yaml: 'pool: a # one\n' });
  });

  test('a text with mistakes is refused with their lines', async () => {
    const { route } = newPipeline();
    const config = 'pool: a\nmax_retrys: 2\n';
    const { body } = await http.put(route).send({ sql: 'SELECT 1 AS n', config }).expect(422);
    expect(body.error.issues).toEqual([
      expect.objectContaining({ path: 'config.max_retrys', line: 2, column: 1 }),
    ]);
  });
});

describe('writes at once', () => {
  test('of two files of one pipeline, neither is lost', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { folder } = round % 2 === 0 ? await published() : newPipeline();
      const names = Array.from({ length: 6 }, (_, n) => `tests/quality/t${n}.sql`);
      const files = ['pipeline.sql', 'config.yaml', ...names];
      await Promise.all(files.map((file) => write(folder + file, `# ${file}\n`).expect(200)));
      for (const file of files) expect(await read(folder + file)).toBe(`# ${file}\n`);
    }
  });

  test('of two writes with one tag, one is refused with 412', async () => {
    const { folder, route } = await published();
    const { headers } = await http.get(route).expect(200);
    const tag = headers['etag'] ?? '';
    const answers = await Promise.all(
      ['pipeline.sql', 'tests/quality/few.sql'].map((file) =>
        write(folder + file, 'SELECT 5 AS n').set('If-Match', tag),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    const next = answers.find(({ status }) => status === 200)?.headers['etag'] ?? '';
    await write(`${folder}config.yaml`, 'max_retries: 1').set('If-Match', next).expect(200);
    await write(`${folder}config.yaml`, 'max_retries: 2').set('If-Match', next).expect(412);
  });

  test('If-None-Match: * only creates a file', async () => {
    const { folder } = await published();
    const create = (file: string) => write(folder + file, 'SELECT 1').set('If-None-Match', '*');
    await create('tests/quality/new.sql').expect(200);
    const { body } = await create('tests/quality/few.sql').expect(412);
    expect(body.error.message).toContain('few.sql exists');
  });
});
