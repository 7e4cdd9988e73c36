import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunDetail, RunSummary } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ORDERS = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
const PIPELINE = '/api/v1/pipelines/default/silver/orders';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

/** The requester of a run, where the list and the run in full agree about it. */
async function requesterOf(id: string): Promise<string | null> {
  const one: RunDetail = (await http.get(`/api/v1/runs/${id}`).expect(200)).body;
  const { body } = await http.get('/api/v1/runs?limit=200').expect(200);
  const listed = (body.runs as RunSummary[]).find((run) => run.id === id);
  expect(listed?.requested_by).toBe(one.requested_by);
  return one.requested_by;
}

async function post(path: string, by: string | undefined, body: object = {}): Promise<string> {
  const request = http.post(path).send(body);
  if (by !== undefined) void request.set('X-Requested-By', by);
  const answer = await request.expect(202);
  return answer.body.run_id ?? answer.body.runs[0].run_id;
}

async function endedRun(): Promise<string> {
  const id = await api.silentRunner.create('manual');
  await api.silentRunner.claim(id);
  await api.silentRunner.succeed(id, 1);
  return id;
}

describe('the requester of a run', () => {
  test('is null when the request names no person', async () => {
    expect(await requesterOf(await post('/api/v1/runs', undefined, ORDERS))).toBeNull();
  });

  test('is the first person, also when another one repeats the request', async () => {
    const send = (by: string) =>
      http
        .post('/api/v1/runs')
        .set('Idempotency-Key', 'one-run')
        .set('X-Requested-By', by)
        .send(ORDERS)
        .expect(202);
    const first = (await send('ada')).body.run_id;
    expect((await send('bob')).body.run_id).toBe(first);
    expect(await requesterOf(first)).toBe('ada');
  });

  test('is known of a run that repeats one, that tests or that maintains', async () => {
    const old = await endedRun();
    for (const [path, body] of [
      [`/api/v1/runs/${old}/rerun`, {}],
      ['/api/v1/runs/rerun', { ids: [old] }],
      [`/api/v1/runs/${old}/reproduce`, {}],
    ] as const) {
      expect(await requesterOf(await post(path, 'ada', body))).toBe('ada');
    }
    const audit = await http
      .post(`${PIPELINE}/tests/run`)
      .set('Prefer', 'respond-async')
      .set('X-Requested-By', 'ada')
      .expect(202);
    expect(await requesterOf(audit.body.run_id)).toBe('ada');
  });

  test('is known of a schedule or a trigger that a person runs, and of the runs of a group', async () => {
    const hourly = { every_seconds: 3600 };
    const schedule = await http.put(`${PIPELINE}/schedules/hourly`).send(hourly).expect(201);
    const run = await post(`/api/v1/schedules/${schedule.body.id}/run`, 'ada');
    expect(await requesterOf(run)).toBe('ada');
    const files = { kind: 'upload', config: { zone: 'drops' } };
    const trigger = await http.put(`${PIPELINE}/triggers/files`).send(files).expect(201);
    const path = `/api/v1/triggers/${trigger.body.id}/run`;
    expect(await requesterOf(await post(path, undefined, { requested_by: 'bob' }))).toBe('bob');
    const group = await http
      .post('/api/v1/run-groups')
      .set('X-Requested-By', 'ada')
      .send(ORDERS)
      .expect(202);
    const { body } = await http.get(`/api/v1/run-groups/${group.body.group_id}`).expect(200);
    expect(await requesterOf(body.nodes[0].run_id)).toBe('ada');
  });

  test('the runs of a group name it, and are listed by it', async () => {
    const groups: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const made = await http.post('/api/v1/run-groups').send(ORDERS).expect(202);
      groups.push(String(made.body.group_id));
    }
    const list = async (query: string) =>
      (await http.get(`/api/v1/runs?${query}`).expect(200)).body;
    for (const group of groups) {
      const { nodes } = (await http.get(`/api/v1/run-groups/${group}`).expect(200)).body;
      expect(await list(`group_id=${group}`)).toMatchObject({
        total: 1,
        runs: [{ id: nodes[0].run_id, group_id: group }],
      });
    }
    const alone = await post('/api/v1/runs', undefined, ORDERS);
    expect((await http.get(`/api/v1/runs/${alone}`)).body.group_id).toBeNull();
    expect(await list(`group_id=${alone}`)).toMatchObject({ total: 0, runs: [] });
    const { body } = await http.get('/api/v1/runs?group_id=mine').expect(400);
    expect(body.error.message).toContain('must be the id of a run group');
  });

  test('a name that no log could show is refused', async () => {
    const request = http.post('/api/v1/runs').set('X-Requested-By', 'x'.repeat(201));
    const { body } = await request.send(ORDERS).expect(400);
    expect(body.error.message).toBe('X-Requested-By must be 1 to 200 printable characters');
  });
});

test('while sign-in is on, the requester is the principal and not the name in the request', async () => {
  const adminToken = 'the-token-of-the-environment-0123456789';
  const closed = await openApi({ adminToken });
  try {
    const signedIn = supertest(closed.url);
    const { body } = await signedIn
      .post('/api/v1/runs')
      .set('Authorization', `Bearer ${adminToken}`)
      .set('X-Requested-By', 'mallory')
      .send(ORDERS)
      .expect(202);
    const run = await signedIn
      .get(`/api/v1/runs/${body.run_id}`)
      .set('Authorization', `Bearer ${adminToken}`)
      .expect(200);
    expect(run.body.requested_by).toBe('admin');
  } finally {
    await closed.close();
  }
});
