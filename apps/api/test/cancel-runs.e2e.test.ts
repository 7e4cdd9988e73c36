import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { backends } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

let api: ApiFixture;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

interface Plan {
  count: number;
  runs: { id: string; status: string }[];
  token: string;
}

async function ask(request: object): Promise<{ status: number; body: never }> {
  const { status, body } = await supertest(api.url).post('/api/v1/runs/cancel').send(request);
  return { status, body: body as never };
}

async function plan(filter: object): Promise<Plan> {
  const { status, body } = await ask({ filter });
  expect(status).toBe(200);
  return body;
}

async function statusOf(runId: string): Promise<string> {
  return (await supertest(api.url).get(`/api/v1/runs/${runId}`)).body.status;
}

describe(`a cancel of many runs (${backends().join(', ')})`, () => {
  test('a filter lists the runs to cancel and changes nothing; the token cancels exactly those runs', async () => {
    const trigger = 'backfill';
    const [waiting, started, ended] = [
      await api.runner.create(trigger),
      await api.runner.create(trigger),
      await api.runner.create(trigger),
    ];
    await api.runner.claim(started);
    const { token, count, runs } = await plan({ trigger });
    expect(count).toBe(3);
    expect(runs.map(({ id, status }) => `${id} ${status}`)).toEqual([
      `${waiting} pending`,
      `${started} running`,
      `${ended} pending`,
    ]);
    expect(await statusOf(waiting)).toBe('pending');

    const late = await api.runner.create(trigger);
    await api.runner.claim(ended);
    await api.runner.succeed(ended);
    const { status, body } = await ask({ token, reason: 'wrong month', requested_by: 'ada' });
    expect(status).toBe(200);
    const { cancelled, refused } = body as { cancelled: string[]; refused: object[] };
    expect(new Set(cancelled)).toEqual(new Set([waiting, started]));
    expect(refused).toEqual([{ id: ended, status: 'success' }]);
    expect(await Promise.all([waiting, started, ended, late].map(statusOf))).toEqual([
      'cancelled',
      'cancelled',
      'success',
      'pending',
    ]);
    const one = await supertest(api.url).get(`/api/v1/runs/${started}`);
    expect(one.body.cancel).toMatchObject({ reason: 'wrong month', requested_by: 'ada' });
    // A repeated request changes nothing and returns how each run has ended.
    const again = await ask({ token });
    expect(again.body).toMatchObject({ cancelled: [] });
  });

  test('a cancel of many runs waits once for all unresponsive runners', async () => {
    const runs = [];
    for (let n = 0; n < 12; n += 1) runs.push(await api.runner.start());
    const { token } = await plan({ ids: runs });
    const before = performance.now();
    const { body } = await ask({ token });
    expect(body).toMatchObject({ refused: [] });
    expect(new Set((body as { cancelled: string[] }).cancelled)).toEqual(new Set(runs));
    expect(performance.now() - before).toBeLessThan(12_000);
    expect(new Set(await Promise.all(runs.map(statusOf)))).toEqual(new Set(['cancelled']));
  });

  test('a cancel of many runs matches every field of its filter', async () => {
    const [mine, other] = [await api.runner.create('mine'), await api.runner.start()];
    const here = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
    const ids = [mine, other];
    const matched = async (filter: object): Promise<string[]> =>
      (await plan(filter)).runs.map((run) => run.id);
    expect(await matched({ ...here, ids })).toEqual(ids);
    expect(await matched({ ids, status: 'running' })).toEqual([other]);
    expect(await matched({ ids, trigger: 'mine', status: 'pending' })).toEqual([mine]);
    for (const elsewhere of [{ namespace: 'x' }, { layer: 'gold' }, { pipeline: 'y' }]) {
      expect(await plan({ ids, ...elsewhere })).toMatchObject({ count: 0, runs: [] });
    }
  });

  test('a cancel of many runs counts all matches, and lists and cancels at most a thousand', async () => {
    await api.db.pool.query(
      `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, trigger, max_attempts)
       SELECT gen_random_uuid(), pipeline_id, id, 'default', 'silver', 'orders', 'flood', 1
       FROM pipeline_versions, generate_series(1, 1005) LIMIT 1005`,
    );
    const { count, runs, token } = await plan({ trigger: 'flood' });
    expect([count, runs.length]).toEqual([1_005, 1_000]);
    const { body } = await ask({ token });
    expect((body as { cancelled: string[] }).cancelled).toHaveLength(1_000);
    expect(await plan({ trigger: 'flood' })).toMatchObject({ count: 5 });
  }, 60_000);

  test('a cancel of many runs refuses an empty filter, an unknown field, both or neither of filter and token, and an invalid token', async () => {
    const token = crypto.randomUUID();
    for (const body of [
      {},
      { filter: {} },
      { filter: { ids: [] } },
      { filter: { colour: 'red' } },
      { filter: { status: 'success' } },
      { filter: { trigger: 'x' }, token },
      { token: 'x' },
      { token, reason: 'a\nb' },
    ]) {
      const { status } = await ask(body);
      expect([body, status]).toEqual([body, 400]);
    }
    expect((await ask({ token })).status).toBe(404);
  });

  test('an expired cancel token is refused', async () => {
    const { token } = await plan({ trigger: 'nobody' });
    await api.db.pool.query(
      `UPDATE cancel_plans SET expires_at = now() - interval '1 s' WHERE id = $1`,
      [token],
    );
    expect((await ask({ token })).status).toBe(404);
  });
});

describe('a cancel of one run', () => {
  test('a cancelled run shows the requester and the reason, and unprintable text is refused', async () => {
    const path = (id: string): string => `/api/v1/runs/${id}/cancel`;
    const id = await api.runner.create();
    const refused = await supertest(api.url)
      .post(path(id))
      .send({ reason: 'x'.repeat(201) });
    expect(refused.status).toBe(400);
    expect(await statusOf(id)).toBe('pending');
    const answer = await supertest(api.url)
      .post(path(id))
      .set('X-Requested-By', 'proxy:ada')
      .send({ reason: 'no longer needed', requested_by: 'bob' });
    expect(answer.body).toEqual({ run_id: id, status: 'cancelled' });
    const { cancel } = (await supertest(api.url).get(`/api/v1/runs/${id}`)).body;
    expect(cancel).toEqual({
      requested_at: expect.any(String),
      requested_by: 'proxy:ada',
      reason: 'no longer needed',
      interrupted_at: null,
      stopped_at: cancel.requested_at,
      phase: 'pending',
      published: false,
    });
  });
});
