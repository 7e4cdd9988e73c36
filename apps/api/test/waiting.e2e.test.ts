import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runDetail, runWhy } from '@rat/contracts';
import { putPipeline } from '@rat/store';
import { backends } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ORDERS } from './simulated-runner.ts';

const UNKNOWN_RUN = '01a20ef9-f047-728a-aa9d-e0b47a3918b8';
const BODY = { namespace: 'default', layer: 'silver', pipeline: 'orders' };

describe.each(backends())('runs that wait or are done again, on %s', (backend) => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  beforeAll(async () => {
    api = await openApi({ backend });
    http = supertest(api.url);
  });
  afterAll(() => api.close());

  test('GET /runs/{id}/why names the blocking run, the position and the estimated start', async () => {
    await putPipeline(
      api.db,
      { ...ORDERS, name: 'single' },
      { sql: 'SELECT 1 AS n', config: {}, qualityTests: [], contentHash: 'a' },
    );
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { body } = await http.post('/api/v1/runs').send({ ...BODY, pipeline: 'single' });
      ids.push(body.run_id);
    }
    const [first, , third] = ids;
    await api.runner.claim(first ?? '');
    const why = runWhy.parse((await http.get(`/api/v1/runs/${third}/why`).expect(200)).body);
    expect(why).toMatchObject({ status: 'pending', waiting: true, position: 2 });
    expect(why.reasons).toMatchObject([
      { code: 'no_live_runner', pool: 'default' },
      { code: 'pipeline_busy', run_id: first, limit: 1 },
      { code: 'behind_others', ahead: 1 },
    ]);
    const running = runWhy.parse((await http.get(`/api/v1/runs/${first}/why`)).body);
    expect(running).toEqual({
      status: 'running',
      waiting: false,
      reasons: [],
      position: null,
      estimated_start_at: null,
    });
    await http.get(`/api/v1/runs/${UNKNOWN_RUN}/why`).expect(404);
  });

  test('POST /runs/{id}/rerun creates a run that names the original', async () => {
    const { body } = await http.post('/api/v1/runs').send({ ...BODY, priority: 7, max_retries: 0 });
    const refused = await http.post(`/api/v1/runs/${body.run_id}/rerun`).expect(409);
    expect(refused.body.error).toMatchObject({ type: 'CONFLICT', run_id: body.run_id });
    await http.post(`/api/v1/runs/${body.run_id}/cancel`).expect(200);
    await putPipeline(api.db, ORDERS, {
      sql: 'SELECT 2 AS n',
      config: {},
      qualityTests: [],
      contentHash: `${backend}-two`,
    });
    const again = await http.post(`/api/v1/runs/${body.run_id}/rerun`).expect(202);
    expect(again.get('Location')).toBe(`/api/v1/runs/${again.body.run_id}`);
    const detail = runDetail.parse((await http.get(`/api/v1/runs/${again.body.run_id}`)).body);
    expect(detail).toMatchObject({
      status: 'pending',
      rerun_of: body.run_id,
      trigger: 'rerun',
      pipeline_version: 2,
      priority: 7,
      max_attempts: 1,
    });
    await http.post(`/api/v1/runs/${UNKNOWN_RUN}/rerun`).expect(404);
  });

  test('POST /runs refuses a time to live of zero or more than a month', async () => {
    for (const expires_in_seconds of [0, -1, 1.5, 2_592_001, '60']) {
      const refused = await http.post('/api/v1/runs').send({ ...BODY, expires_in_seconds });
      expect(refused.status).toBe(400);
      expect(refused.body.error.message).toContain('expires_in_seconds');
    }
  });
});
