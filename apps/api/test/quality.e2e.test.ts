import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorEnvelope, pipelineTests, runQuality, testHistory } from '@rat/contracts';
import { createRun } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ORDERS } from './simulated-runner.ts';

const PATH = '/api/v1/pipelines/default/silver/tested';

describe('quality over HTTP', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;

  beforeAll(async () => {
    api = await openApi();
    http = supertest(api.url);
    await http
      .put(PATH)
      .send({
        sql: 'SELECT 1 AS a',
        config: { tests: [{ not_null: 'a', tags: ['keys'] }, { row_count: { max: 9 } }] },
        quality_tests: [{ name: 'mine', sql: '-- @remediation: ask Ann\nFROM {{ this }}' }],
      })
      .expect(201);
  });
  afterAll(() => api.close());

  test('a run without results has an empty list of results', async () => {
    const { id } = await createRun(api.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
    const answer = await http.get(`/api/v1/runs/${id}/quality`).expect(200);
    expect(runQuality.parse(answer.body)).toEqual({
      run_id: id,
      results: [],
      summary: { passed: 0, failed: 0, warned: 0, error: 0 },
    });
  });

  test('tests of both kinds are listed before any run has executed them', async () => {
    const answer = await http.get(`${PATH}/tests`).expect(200);
    const blank = {
      severity: 'error',
      description: '',
      remediation: '',
      last_result: null,
      sql: '',
      published: true,
    };
    const sql = '-- @remediation: ask Ann\nFROM {{ this }}';
    expect(pipelineTests.parse(answer.body)).toEqual({
      tests: [
        { ...blank, name: 'not_null_a', kind: 'not_null', tags: ['keys'] },
        { ...blank, name: 'row_count', kind: 'row_count', tags: [] },
        { ...blank, name: 'mine', kind: 'sql', sql, tags: [], remediation: 'ask Ann' },
      ],
      total: 3,
    });
    const history = await http.get(`${PATH}/tests/row_count/history`).expect(200);
    expect(testHistory.parse(history.body)).toEqual({ results: [], total: 0 });
  });

  test.each([
    [404, '/api/v1/runs/nobody/quality'],
    [404, '/api/v1/runs/01890000-0000-7000-8000-000000000000/quality'],
    [404, '/api/v1/pipelines/default/gold/tested/tests'],
    [404, '/api/v1/pipelines/default/gold/tested/tests/mine/history'],
    [404, `${PATH}/tests/nobody/history`],
    [405, `${PATH}/tests/mine`],
    [400, '/api/v1/pipelines/default/iron/tested/tests'],
    [400, '/api/v1/pipelines/Default/silver/tested/tests'],
    [400, `${PATH}/tests/No%00slug/history`],
    [400, `${PATH}/tests/mine/history?limit=0`],
    [400, `${PATH}/tests/mine/history?offset=-1`],
    [400, `${PATH}/tests/mine/history?limit=1&limit=2`],
  ])('the answer is %i for %s', async (status, path) => {
    const answer = await http.get(path);
    expect(answer.status).toBe(status);
    errorEnvelope.parse(answer.body);
  });

  test('the tests of a pipeline are not replaced as a whole', async () => {
    const answer = await http.put(`${PATH}/tests`).send({});
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('GET, POST, HEAD, OPTIONS');
  });

  test.each([
    [{ tests: [{ not_nul: 'a' }] }],
    [{ tests: [{ not_null: 'a', unique: 'a' }] }],
    [{ tests: [{ not_null: 'a' }, { not_null: 'a' }] }],
    [{ tests: [{ not_null: 'a', name: 'mine' }] }],
    [{ tests: [{ relationships: { column: 'a', to: 'people', field: 'id' } }] }],
    [{ tests: 'not_null' }],
  ])('the invalid built-in test %j is refused', async (config) => {
    const quality = [{ name: 'mine', sql: 'SELECT 1' }];
    const body = { sql: 'SELECT 1 AS a', config, quality_tests: quality };
    const answer = await http.put(PATH.replace('tested', 'refused')).send(body).expect(422);
    expect(errorEnvelope.parse(answer.body).error.issues?.[0]?.path).toMatch(/^config\.tests/);
  });
});
