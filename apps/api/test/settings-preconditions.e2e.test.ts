import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPERATIONS } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ADMIN = 'the-token-of-the-admin-of-this-test';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi({ adminToken: ADMIN });
  http = supertest(api.url);
  await send('post', '/namespaces', { name: 'sales' }).expect(201);
  await send('post', '/landing-zones', { namespace: 'default', name: 'inbox' }).expect(201);
});
afterAll(() => api.close());

function send(method: 'get' | 'post' | 'put' | 'delete', path: string, body?: object) {
  const request = http[method](`/api/v1${path}`).set('Authorization', `Bearer ${ADMIN}`);
  return body === undefined ? request : request.send(body);
}

async function made(path: string, body: object): Promise<string> {
  return `${path}/${(await send('post', path, body).expect(201)).body.id}`;
}

/** The settings of a thing: where they are, and a body for each number. */
interface Settings {
  path: string;
  body: (n: number) => object;
  /** Only a runner can show it. */
  isShownByRunner?: true;
}

const ORDERS = '/pipelines/default/silver/orders';

const CASES: Record<string, () => Promise<Settings> | Settings> = {
  putNamespace: () => ({ path: '/namespaces/sales', body: (n) => ({ description: `${n}` }) }),
  putRetention: () => ({
    path: '/admin/retention/config',
    body: (n) => ({ runs_max_per_pipeline: 100 + n }),
  }),
  putPipelineRetention: () => ({
    path: `${ORDERS}/retention`,
    body: (n) => ({ runs_max_per_pipeline: 100 + n }),
  }),
  putTableMetadata: () => ({
    path: '/tables/default/silver/orders/metadata',
    body: (n) => ({ columns: { id: { description: `${n}` } } }),
    isShownByRunner: true,
  }),
  putLandingZone: () => ({
    path: '/landing-zones/default/inbox',
    body: (n) => ({ owner: `owner ${n}` }),
    isShownByRunner: true,
  }),
  putZoneLifecycle: () => ({
    path: '/landing-zones/default/inbox/lifecycle',
    body: (n) => ({ processed_retention_days: 1 + n }),
  }),
  putToken: async () => ({
    path: await made('/tokens', { name: 'ci', role: 'viewer' }),
    body: (n) => ({ expires_at: `20${30 + n}-01-01T00:00:00Z` }),
  }),
  putView: async () => ({
    path: await made('/views', { screen: 'runs', name: 'mine', query: {}, shared: false }),
    body: (n) => ({ query: { status: `${n}` } }),
  }),
};

/** The content of pipelines, schedules and triggers has versions and revisions, with tests of their own. */
const TESTED_ELSEWHERE = [
  'changeSchedule',
  'putDraft',
  'putPipeline',
  'putPipelineSchedule',
  'putPipelineTrigger',
  'writeFile',
];

describe('the If-Match of a PUT', () => {
  test('is tested for every operation', () => {
    const puts = Object.values(OPERATIONS).filter(({ method }) => method === 'put');
    const tested = [...Object.keys(CASES), ...TESTED_ELSEWHERE];
    expect(puts.map(({ id }) => id).toSorted()).toEqual(tested.toSorted());
  });

  test.each(Object.entries(CASES))(
    '%s: of writers that have read the same, one wins, and the others get a 412 with the current tag',
    async (_, prepare) => {
      const { path, body, isShownByRunner } = await prepare();
      const put = (n: number, tag: string) => send('put', path, body(n)).set('If-Match', tag);
      const first = await send('put', path, body(0));
      const tag = first.headers['etag'] ?? '';
      expect(tag).toMatch(/^"[0-9a-f]{16}"$/);
      if (!isShownByRunner) expect((await send('get', path)).headers['etag']).toBe(tag);
      const answers = await Promise.all([1, 2, 3, 4].map((n) => put(n, tag)));
      const lost = answers.filter(({ status }) => status === 412);
      expect(lost).toHaveLength(3);
      const won = answers.find(({ status }) => status !== 412);
      expect(won?.status).toBe(first.status);
      const now = won?.headers['etag'] ?? '';
      expect(now).not.toBe(tag);
      for (const answer of lost) {
        expect(answer.body.error).toMatchObject({
          code: 'PRECONDITION_FAILED',
          message: expect.stringContaining(`its tag is ${now} now`),
          conflict: { yours: null, current: { kind: 'settings', etag: now, version: 0 } },
        });
      }
      if (!isShownByRunner) expect((await send('get', path)).headers['etag']).toBe(now);
      // The next writer has read what the winner wrote; a write without a tag overwrites, as before.
      expect((await put(5, `"other", ${now}`)).status).toBe(first.status);
      expect((await put(6, '*')).status).toBe(first.status);
      const last = await send('put', path, body(0));
      expect(last.headers['etag']).toBe(tag);
      await put(1, 'no tag').expect(400);
    },
  );
});

test('a tag is not moved by what the platform notes, nor by the pipelines of a namespace', async () => {
  const tagOf = async () => (await send('get', '/namespaces/sales')).headers['etag'];
  const before = await tagOf();
  await send('put', '/pipelines/sales/gold/a', { sql: 'SELECT 1 AS n' }).expect(201);
  expect(await tagOf()).toBe(before);
  await send('put', '/namespaces/sales', { weight: 7 }).expect(200);
  expect(await tagOf()).not.toBe(before);
});
