import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorEnvelope, runDetail, type RunDetail } from '@rat/contracts';
import { putPipeline } from '@rat/store';
import { backends, eventually } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ORDERS } from './simulated-runner.ts';

describe.each(backends())('a pipeline with rules for its runs, on %s', (backend) => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  beforeAll(async () => {
    api = await openApi({ backend });
    http = supertest(api.url);
  });
  afterAll(() => api.close());

  async function pipeline(name: string, concurrency: object): Promise<object> {
    await putPipeline(
      api.db,
      { ...ORDERS, name },
      { sql: 'SELECT 1 AS n', config: { concurrency }, qualityTests: [], contentHash: 'a' },
    );
    return { namespace: 'default', layer: 'silver', pipeline: name };
  }

  async function create(body: object): Promise<string> {
    const answer = await http.post('/api/v1/runs').send(body).expect(202);
    return answer.body.run_id;
  }

  async function view(runId: string): Promise<RunDetail> {
    return runDetail.parse((await http.get(`/api/v1/runs/${runId}`)).body);
  }

  test('a pipeline that skips answers 409 with the run that blocks it', async () => {
    const body = await pipeline('skipping', { on_conflict: 'skip' });
    const first = await create(body);
    const refused = await http.post('/api/v1/runs').send(body).expect(409);
    const { error } = errorEnvelope.parse(refused.body);
    expect(error).toMatchObject({ code: 'ALREADY_EXISTS', type: 'CONFLICT', run_id: first });
    await http.post(`/api/v1/runs/${first}/cancel`).expect(200);
    await create(body);
  });

  test('a client that labels its run schedule:hourly is refused like any other, and no run is recorded', async () => {
    const body = await pipeline('skipping_labels', { on_conflict: 'skip' });
    const first = await create(body);
    const post = () =>
      http
        .post('/api/v1/runs')
        .set('Idempotency-Key', `nightly-${backend}`)
        .send({ ...body, trigger: 'schedule:hourly' });
    const refused = await post().expect(409);
    expect(refused.body.error.run_id).toBe(first);
    const list = '/api/v1/runs?pipeline=skipping_labels';
    expect((await http.get(list).expect(200)).body.total).toBe(1);
    // The refused request created no run, so its key is free: the retry creates one.
    await http.post(`/api/v1/runs/${first}/cancel`).expect(200);
    const retried = await post().expect(202);
    expect(await view(retried.body.run_id)).toMatchObject({
      status: 'pending',
      trigger: 'schedule:hourly',
    });
    expect((await post().expect(202)).body.run_id).toBe(retried.body.run_id);
  });

  test('a pipeline that replaces cancels its older run', async () => {
    const body = await pipeline('replacing', { on_conflict: 'replace' });
    const first = await create(body);
    const second = await create(body);
    expect((await view(first)).status).toBe('cancelled');
    await api.runner.claim(second);
    const third = await create(body);
    expect((await view(third)).status).toBe('pending');
    // Its runner gets the cancel request, and can end the run in no other way.
    await api.runner.settle(second, { kind: 'interrupt' });
    expect((await view(second)).status).toBe('cancelled');
    await api.runner.claim(third);
  });

  test('a run keeps its priority, and the queue delivers tickets in that order', async () => {
    const body = await pipeline('plain', {});
    const ids: string[] = [];
    for (const priority of [0, 100, -100, 1]) ids.push(await create({ ...body, priority }));
    expect((await view(ids[1] ?? '')).priority).toBe(100);
    // The response does not wait for the ticket.
    const mine = await eventually('all tickets are there', async () => {
      const jobs = await api.queue.bullQueue.getJobs(['prioritized'], 0, -1, true);
      const found = jobs.map((job) => job.data.runId as string).filter((id) => ids.includes(id));
      return found.length === ids.length && found;
    });
    expect(mine).toEqual([ids[1], ids[3], ids[0], ids[2]]);
    for (const priority of [101, -101, 0.5, 'high']) {
      const refused = await http.post('/api/v1/runs').send({ ...body, priority });
      expect(refused.status).toBe(400);
      expect(refused.body.error.message).toContain('priority');
    }
  });

  test('a pipeline with invalid concurrency rules is refused', async () => {
    for (const concurrency of [
      { limit: 0 },
      { limit: 1_001 },
      { limt: 2 },
      { on_conflict: 'x' },
      3,
    ]) {
      const answer = await http
        .put('/api/v1/pipelines/default/silver/senseless')
        .send({ sql: 'SELECT 1 AS n', config: { concurrency } });
      expect([400, 422]).toContain(answer.status);
    }
  });
});
