import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { whyNot, type WhyNot } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const REPORT = '/api/v1/pipelines/default/gold/report';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
  await http.put(REPORT).send({ sql: 'SELECT 1 AS n' }).expect(201);
});
afterAll(() => api.close());

async function ask(): Promise<WhyNot> {
  return whyNot.parse((await http.get(`${REPORT}/why-not`).expect(200)).body);
}

async function verdictsOf(): Promise<Record<string, string>> {
  return Object.fromEntries((await ask()).sources.map(({ name, verdict }) => [name, verdict]));
}

test('each schedule and trigger of a pipeline has its reason, and the summary is about the next one', async () => {
  expect(await ask()).toMatchObject({ verdict: 'none', sources: [] });
  const puts: Record<string, object> = {
    'schedules/nightly': { cron: '30 2 * * *' },
    'schedules/off': { cron: '30 2 * * *', enabled: false },
    'schedules/old': { cron: '30 2 * * *', ends_at: '2020-01-01T00:00:00Z' },
    'triggers/after': { kind: 'upstream', config: { pipelines: ['silver.orders'] } },
    'triggers/hook': { kind: 'webhook', config: {}, debounce_seconds: 60 },
  };
  for (const [path, body] of Object.entries(puts)) {
    await http.put(`${REPORT}/${path}`).send(body).expect(201);
  }
  expect(await verdictsOf()).toEqual({
    nightly: 'will_fire',
    off: 'paused',
    old: 'ended',
    after: 'up_to_date',
    hook: 'waiting_inputs',
  });
  const { summary, sources } = await ask();
  const nightly = sources.find(({ name }) => name === 'nightly');
  expect(summary).toBe(`schedule nightly fires at ${nightly?.until}`);
  const after = sources.find(({ name }) => name === 'after');
  expect(after?.missing).toMatchObject([{ input: 'pipeline:default.silver.orders' }]);
});

test('a delivery that waits for silence is the reason of its webhook', async () => {
  const hook = await http.get(`${REPORT}/triggers/hook`).expect(200);
  const secrets = ['a-token-of-the-test-0123456789'];
  const body = { kind: 'webhook', config: {}, debounce_seconds: 60, secrets };
  await http.put(`${REPORT}/triggers/hook`).send(body).expect(200);
  const { id } = hook.body as { id: string };
  const token = secrets[0] ?? '';
  await http.post(`/api/v1/webhooks/${id}`).set('X-Webhook-Token', token).expect(202);
  const { sources } = await ask();
  const waiting = sources.find(({ name }) => name === 'hook');
  expect(waiting).toMatchObject({ verdict: 'debouncing', until: expect.any(String) });
});

test('a pipeline that does not exist is 404', async () => {
  await http.get('/api/v1/pipelines/default/gold/none/why-not').expect(404);
});
