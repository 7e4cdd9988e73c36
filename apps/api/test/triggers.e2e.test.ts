import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { firingList, trigger, triggerList, typedTrigger, typedTriggerList } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ORDERS = '/api/v1/pipelines/default/silver/orders/triggers';
const REPORT = '/api/v1/pipelines/default/gold/report/triggers';
const ON_FILES = { kind: 'upload', config: { zone: 'drops', pattern: '*.csv' } };
const ON_ORDERS = { kind: 'upstream', config: { pipelines: ['silver.orders'] } };

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
  await http
    .put('/api/v1/pipelines/default/gold/report')
    .send({ sql: 'SELECT 1 AS n' })
    .expect(201);
});
afterAll(() => api.close());

describe('writing a trigger', () => {
  test('a PUT makes it, a second one keeps its id, and If-Match refuses a write that is based on an older one', async () => {
    const made = await http.put(`${ORDERS}/new-files`).send(ON_FILES).expect(201);
    const first = trigger.parse(made.body);
    expect(first).toMatchObject({
      kind: 'upload',
      name: 'new-files',
      pipeline: 'orders',
      config: { namespace: 'default', zone: 'drops', pattern: '*.csv', min_files: 1 },
      max_per_hour: 120,
      enabled: true,
      last_firing: null,
    });
    expect(first.inputs).toMatchObject([{ input: 'zone:default/drops', is_new: false }]);
    const tag = made.headers['etag'] ?? '';
    const slow = { ...ON_FILES, debounce_seconds: 5 };
    const again = await http.put(`${ORDERS}/new-files`).set('If-Match', tag).send(slow).expect(200);
    expect(again.body).toMatchObject({ id: first.id, debounce_seconds: 5 });
    const overtaken = await http.put(`${ORDERS}/new-files`).set('If-Match', tag).send(ON_FILES);
    expect([overtaken.status, overtaken.body.error.conflict]).toMatchObject([
      412,
      { yours: null, current: { kind: 'settings', etag: again.headers['etag'] } },
    ]);
    await http.put(`${ORDERS}/new-files`).set('If-None-Match', '*').send(ON_FILES).expect(412);
    await http.delete(`${ORDERS}/new-files`).set('If-Match', tag).expect(412);
    await http.delete(`${ORDERS}/new-files`).expect(204);
    await http.get(`${ORDERS}/new-files`).expect(404);
    await http.get(`/api/v1/triggers/${first.id}`).expect(404);
  });

  test.each([
    [
      { ...ON_FILES, config: { zone: 'drops', patern: '*' } },
      'config.: unknown key patern; did you mean pattern?',
    ],
    [{ ...ON_FILES, config: { zone: 'drops', pattern: '*a*b*c*d' } }, 'config.pattern: must have'],
    [{ ...ON_FILES, config: {} }, 'config.zone: is missing'],
    [{ ...ON_FILES, max_wait_seconds: 1, debounce_seconds: 2 }, 'max_wait_seconds: must not be'],
    [{ kind: 'upstream', config: { pipelines: [] } }, 'config.pipelines: must be at least 1 items'],
    [{ kind: 'upstream', config: { pipelines: ['orders'] } }, 'config.pipelines.0: must be layer'],
    [
      { kind: 'table', config: { tables: ['silver.orders'], within_seconds: 5 } },
      'config.within_seconds: has a meaning with match: all only',
    ],
    [
      { kind: 'dependency', config: { cron: '61 * * * *', pipelines: ['silver.orders'] } },
      'config.cron: minute 61',
    ],
    [{ kind: 'webhook', config: { verify: 'hmac' } }, 'config.signature: must be given'],
    [{ kind: 'cron', config: {} }, 'kind: must be one of upload, upstream'],
  ])('%j is refused: %s', async (body, message) => {
    const { error } = (await http.put(`${REPORT}/bad`).send(body).expect(400)).body;
    expect(error.message).toContain(message.replace('config.:', 'config:'));
  });

  test('a pipeline that does not exist cannot be watched: such a trigger would never fire', async () => {
    const body = { kind: 'upstream', config: { pipelines: ['silver.orders', 'silver.oders'] } };
    const { error } = (await http.put(`${REPORT}/bad`).send(body).expect(422)).body;
    expect(error.message).toBe('config.pipelines.1: pipeline default.silver.oders not found');
    await http.put(`/api/v1/pipelines/default/gold/none/triggers/x`).send(ON_ORDERS).expect(404);
  });

  test('triggers that would make a pipeline run itself are refused, with the way round', async () => {
    const itself = await http.put(`${ORDERS}/loop`).send(ON_ORDERS).expect(422);
    expect(itself.body.error.message).toBe(
      'the triggers make a cycle: default.silver.orders → default.silver.orders',
    );
    await http.put(`${REPORT}/after-orders`).send(ON_ORDERS).expect(201);
    const back = { kind: 'table', config: { tables: ['gold.report'] } };
    const { error } = (await http.put(`${ORDERS}/loop`).send(back).expect(422)).body;
    expect(error.message).toBe(
      'the triggers make a cycle: default.silver.orders → default.gold.report → default.silver.orders',
    );
    await http.get(`${ORDERS}/loop`).expect(404);
    await http.delete(`${REPORT}/after-orders`).expect(204);
    await http.put(`${ORDERS}/loop`).send(back).expect(201);
    await http.delete(`${ORDERS}/loop`).expect(204);
  });
});

test('a trigger is paused with a reason, run by hand, and resumed', async () => {
  const { id } = trigger.parse(
    (await http.put(`${REPORT}/by-hand`).send(ON_ORDERS).expect(201)).body,
  );
  const one = `/api/v1/triggers/${id}`;
  const paused = await http.post(`${one}/pause`).send({ reason: 'moving house' }).expect(200);
  expect(paused.body).toMatchObject({ enabled: false, paused: { reason: 'moving house' } });
  const listed = await http.get('/api/v1/triggers?paused=true&pipeline=report').expect(200);
  expect(triggerList.parse(listed.body)).toMatchObject({ total: 1, triggers: [{ id }] });
  const send = () => http.post(`${one}/run`).set('Idempotency-Key', 'k1').send({}).expect(202);
  const first = await send();
  expect((await send()).body).toEqual(first.body);
  const run = await http.get(`/api/v1/runs/${first.body.run_id}`).expect(200);
  expect(run.body.trigger).toBe('trigger:upstream:by-hand');
  const firings = firingList.parse((await http.get(`${one}/firings`).expect(200)).body);
  expect(firings.firings).toMatchObject([
    { id: first.body.firing_id, outcome: 'run', causes: [{ kind: 'person', name: null }] },
  ]);
  const resumed = await http.post(`${one}/resume`).send({}).expect(200);
  expect(resumed.body).toMatchObject({ enabled: true, last_run_id: first.body.run_id });
  await http.delete(`${REPORT}/by-hand`).expect(204);
});

test('a deleted pipeline pauses its triggers, and putting it back resumes them', async () => {
  const path = '/api/v1/pipelines/default/gold/gone';
  await http.put(path).send({ sql: 'SELECT 1 AS n' }).expect(201);
  const { id } = (await http.put(`${path}/triggers/t`).send(ON_ORDERS).expect(201)).body;
  await http.delete(path).expect(204);
  await http.get(`/api/v1/triggers/${id}`).expect(404);
  const { rows } = await api.db.pool.query('SELECT pause_reason FROM triggers WHERE id = $1', [id]);
  expect(rows).toEqual([{ pause_reason: 'the pipeline is deleted' }]);
  await http.put(path).send({ sql: 'SELECT 2 AS n' }).expect(201);
  const back = await http.get(`/api/v1/triggers/${id}`).expect(200);
  expect(back.body).toMatchObject({ enabled: true, paused: null });
});

describe('triggers as other clients know them', () => {
  const TYPED = [
    {
      type: 'file_pattern',
      config: { namespace: 'default', zone_name: 'drops', pattern: '*.csv' },
    },
    { type: 'landing_zone_upload', config: { namespace: 'default', zone_name: 'drops' } },
    {
      type: 'pipeline_success',
      config: { namespace: 'default', layer: 'silver', pipeline: 'orders' },
    },
    { type: 'cron', config: { cron_expr: '0 3 * * *' } },
    {
      type: 'cron_dependency',
      config: { cron_expr: '0 4 * * *', dependencies: ['default.silver.orders'] },
    },
    { type: 'webhook', config: {} },
  ];

  test('each type is made, listed, changed and deleted by its id', async () => {
    const ids: string[] = [];
    for (const body of TYPED) {
      const made = await http.post(REPORT).send(body).expect(201);
      expect(typedTrigger.parse(made.body)).toMatchObject({
        ...body,
        enabled: true,
        cooldown_seconds: 0,
        last_triggered_at: null,
        last_run_id: null,
      });
      ids.push(made.body.id);
    }
    const listed = typedTriggerList.parse((await http.get(REPORT).expect(200)).body);
    expect(listed.triggers.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    for (const [index, id] of ids.entries()) {
      const one = `${REPORT}/${id}`;
      expect((await http.get(one).expect(200)).body).toMatchObject(TYPED[index] ?? {});
      const off = await http.put(one).send({ enabled: false }).expect(200);
      expect(off.body).toMatchObject({ ...TYPED[index], enabled: false });
      await http.get(`${ORDERS}/${id}`).expect(404);
    }
    const [pattern = '', , , cron = ''] = ids;
    const other = { namespace: 'default', zone_name: 'drops', pattern: '*.json' };
    const changed = await http
      .put(`${REPORT}/${pattern}`)
      .send({ config: other, cooldown_seconds: 60, enabled: true })
      .expect(200);
    expect(changed.body).toMatchObject({ config: other, cooldown_seconds: 60, enabled: true });
    const later = await http
      .put(`${REPORT}/${cron}`)
      .send({ config: { cron_expr: '0 5 * * *' } })
      .expect(200);
    expect(later.body).toMatchObject({ type: 'cron', config: { cron_expr: '0 5 * * *' } });
    for (const id of ids) await http.delete(`${REPORT}/${id}`).expect(204);
    expect((await http.get(REPORT).expect(200)).body).toEqual({ triggers: [], total: 0 });
  });

  test('the deliveries of a signed webhook go to an address of its own, and its secret is not shown', async () => {
    const secret = 'a-secret-of-the-sender-0123456789';
    const body = { type: 'webhook', config: { verify: 'github' }, secrets: [secret] };
    const made = await http.post(REPORT).send(body).expect(201);
    expect(typedTrigger.parse(made.body).webhook_url).toMatch(
      new RegExp(`^http://.+/api/v1/webhooks/${made.body.id}$`),
    );
    expect(made.body).not.toHaveProperty('webhook_token');
    expect(made.text).not.toContain(secret);
    await http.delete(`${REPORT}/${made.body.id}`).expect(204);
  });

  test.each([
    [{ type: 'webhook', config: { verify: 'github' } }, 400, 'secrets: are missing'],
    [
      { type: 'cron', config: { cron_expr: '0 3 * * *' }, secrets: ['x'.repeat(16)] },
      400,
      'secrets',
    ],
    [{ type: 'file_upload', config: {} }, 400, 'type: must be one of landing_zone_upload'],
    [{ type: 'cron', config: { cron_expr: 'x' } }, 400, 'cron: '],
    [{ type: 'landing_zone_upload', config: {} }, 400, 'config.namespace: is missing'],
    [
      { type: 'cron_dependency', config: { cron_expr: '0 4 * * *', dependencies: ['gold.no'] } },
      422,
      'config.pipelines.0: pipeline default.gold.no not found',
    ],
  ])('%j is refused with %i', async (body, status, message) => {
    const { error } = (await http.post(REPORT).send(body).expect(status)).body;
    expect(error.message).toContain(message);
  });
});
