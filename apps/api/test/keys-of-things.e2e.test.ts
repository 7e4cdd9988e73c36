import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPERATIONS } from '@rat/contracts';
import { dropTable, moveTable } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { versionedPipelines } from './versioned-pipelines.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
const { pipelineOf } = versionedPipelines(() => http);
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

interface Sent {
  path: string;
  body?: object;
  status: number;
}

const SCHEDULE = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
const TRIGGERS = '/api/v1/pipelines/default/silver/orders/triggers';
const next = () => `n${randomUUID().slice(0, 8)}`;

/** A pipeline of its own whose only run of a group has failed. */
async function failedGroup(): Promise<string> {
  const path = await pipelineOf(1);
  const pipeline = path.split('/').at(-1);
  const body = { namespace: 'default', layer: 'gold', pipeline };
  const made = await http.post('/api/v1/run-groups').send(body).expect(202);
  const id = String(made.body.group_id);
  const shown = await http.get(`/api/v1/run-groups/${id}`);
  const runId = String(shown.body.nodes[0].run_id);
  await api.silentRunner.claim(runId);
  await api.silentRunner.fail(runId);
  await http.post(`/api/v1/run-groups/${id}/cancel`).expect(200);
  return id;
}

async function droppedTable(): Promise<string> {
  const table = { namespace: 'default', layer: 'bronze', name: next() } as const;
  const location = `/${table.name}/metadata.json`;
  await moveTable(api.db, { table, expected: undefined, next: location });
  await dropTable(api.db, table, { force: false, keepMs: 60_000 });
  return `/api/v1/tables/default/bronze/${table.name}/undrop`;
}

async function drafted(): Promise<string> {
  const path = await pipelineOf(1);
  await http.put(`${path}/draft`).send({ sql: 'SELECT 7 AS n' }).expect(201);
  return path;
}

/** A request that a second one would not repeat without a key: it would make another thing, or be refused. */
const CASES: Record<string, () => Promise<Sent> | Sent> = {
  createNamespace: () => ({ path: '/api/v1/namespaces', body: { name: next() }, status: 201 }),
  createLandingZone: () => ({
    path: '/api/v1/landing-zones',
    body: { namespace: 'default', name: next(), owner: 'ada' },
    status: 201,
  }),
  createSchedule: () => ({
    path: '/api/v1/schedules',
    body: { ...SCHEDULE, cron: '1 2 3 4 *', starts_at: '2030-01-01T00:00:00Z' },
    status: 201,
  }),
  createPipelineTrigger: () => ({
    path: TRIGGERS,
    body: {
      type: 'landing_zone_upload',
      config: { zone_name: 'inbox', namespace: 'default' },
      cooldown_seconds: 5,
    },
    status: 201,
  }),
  createView: () => ({
    path: '/api/v1/views',
    body: {
      screen: 'runs',
      name: next(),
      query: { status: 'failed', ns: 'default' },
      shared: false,
    },
    status: 201,
  }),
  createRunGroup: () => ({ path: '/api/v1/run-groups', body: { ...SCHEDULE }, status: 202 }),
  retryRunGroup: async () => ({
    path: `/api/v1/run-groups/${await failedGroup()}/retry`,
    status: 202,
  }),
  undropTable: async () => ({ path: await droppedTable(), status: 200 }),
  restoreVersion: async () => ({
    path: `${await pipelineOf(2)}/versions/1/restore`,
    body: { message: 'back' },
    status: 201,
  }),
  rollbackPipeline: async () => ({
    path: `${await pipelineOf(2)}/rollback`,
    body: { version: 1 },
    status: 200,
  }),
  publishDraft: async () => ({ path: `${await drafted()}/publish`, status: 200 }),
};

/** Those that make runs or change a pipeline have tests of their own. */
const TESTED_ELSEWHERE = [
  'auditPipeline',
  'createPipeline',
  'createRun',
  'createTest',
  'fireWebhook',
  'maintain',
  'receiveDelivery',
  'reproduceRun',
  'rerunRun',
  'rerunRuns',
  'runSchedule',
  'runTrigger',
  'uploadLandingFile',
];

function send({ path, body }: Sent, key: string) {
  const request = http.post(path).set('Idempotency-Key', key);
  return body === undefined ? request : request.send(body);
}

/** Waiting moves on by itself. */
const stable = ({ body }: { body: Record<string, unknown> }) => ({
  ...body,
  nodes: undefined,
  status: undefined,
  ended_at: undefined,
  warnings: undefined,
});

describe('a POST that is sent again under its Idempotency-Key', () => {
  test('is tested for every operation that takes the key', () => {
    const takes = Object.values(OPERATIONS).filter(({ retry }) => retry === 'key');
    const tested = [...Object.keys(CASES), ...TESTED_ELSEWHERE];
    expect(takes.map(({ id }) => id).toSorted()).toEqual(tested.toSorted());
  });

  test.each(Object.entries(CASES))(
    '%s: makes nothing more, and is answered as the first one',
    async (_, prepare) => {
      const sent = await prepare();
      const key = randomUUID();
      const pair = await Promise.all([send(sent, key), send(sent, key)]);
      expect(pair.map(({ status }) => status)).toEqual([sent.status, sent.status]);
      const again = await send(sent, key).expect(sent.status);
      expect(again.headers['idempotent-replayed']).toBe('true');
      const firsts = pair.filter(({ headers }) => headers['idempotent-replayed'] === undefined);
      expect(firsts).toHaveLength(1);
      for (const answer of [...pair, again]) {
        expect(stable(answer)).toEqual(stable(again));
        expect(answer.headers['location']).toBe(again.headers['location']);
      }
    },
  );

  test('as another request is a 409 that names the field, whatever the order of the keys in its objects', async () => {
    const key = randomUUID();
    const body = {
      screen: 'runs',
      name: next(),
      query: { status: 'failed', ns: 'a' },
      shared: false,
    };
    const post = (more: object) =>
      send({ path: '/api/v1/views', body: { ...body, ...more }, status: 0 }, key);
    await post({}).expect(201);
    await post({ query: { ns: 'a', status: 'failed' } }).expect(201);
    const other = await post({ query: { ns: 'b', status: 'failed' } }).expect(409);
    expect(other.body.error.message).toBe('this Idempotency-Key was used with another query');
    const namespace = await send(
      { path: '/api/v1/namespaces', body: { name: next() }, status: 0 },
      key,
    );
    expect(namespace.status).toBe(409);
    expect(namespace.body.error.message).toContain('was used with another');
  });

  test('is a 409 when what the first one made is gone', async () => {
    const sent = {
      path: '/api/v1/schedules',
      body: { ...SCHEDULE, cron: '2 2 3 4 *' },
      status: 201,
    };
    const key = randomUUID();
    const made = await send(sent, key).expect(201);
    await http.delete(`/api/v1/schedules/${made.body.id}`).expect(204);
    const again = await send(sent, key).expect(409);
    expect(again.body.error.message).toContain('is gone: send the request under a new key');
  });

  test('of a webhook is a 409 that names it, because its token is shown once and stored nowhere', async () => {
    const key = randomUUID();
    const sent = { path: TRIGGERS, body: { type: 'webhook', config: {} }, status: 201 };
    const made = await send(sent, key).expect(201);
    const token = String(made.body.webhook_token);
    expect(token).toHaveLength(64);
    const again = await send(sent, key).expect(409);
    expect(again.body.error.message).toContain(`made the webhook ${made.body.id}`);
    const { rows } = await api.db.pool.query<{ stored: string }>(
      `SELECT string_agg(k::text, ' ') AS stored FROM idempotency_keys k`,
    );
    expect(rows[0]?.stored).toContain(made.body.id);
    expect(rows[0]?.stored).not.toContain(token);
    const own = { type: 'webhook', config: {}, secrets: ['a-secret-of-the-sender-itself'] };
    await send({ ...sent, body: own }, randomUUID()).expect(201);
    const kept = await api.db.pool.query(
      `SELECT 1 FROM idempotency_keys k WHERE k::text LIKE '%of-the-sender%'`,
    );
    expect(kept.rowCount).toBe(0);
  });
});

describe('a header that an operation would ignore', () => {
  test('an Idempotency-Key is a 400 where a second request could do it twice, and is no matter where it could not', async () => {
    const refused = await http
      .post('/api/v1/tokens')
      .set('Idempotency-Key', 'one')
      .send({ name: 'ci', role: 'viewer' })
      .expect(400);
    expect(refused.body.error.message).toContain('POST /api/v1/tokens takes no Idempotency-Key');
    await http.get('/api/v1/tokens').set('Idempotency-Key', 'one').expect(200);
    const query = http.post('/api/v1/schedules/preview').set('Idempotency-Key', 'one');
    await query.send({ cron: '1 * * * *' }).expect(200);
  });
});
