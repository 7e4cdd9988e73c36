import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCauses, runDetail, type RunCauses } from '@rat/contracts';
import type { FiringCause } from '@rat/domain';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
let viewer: string;
beforeAll(async () => {
  api = await openApi({ adminToken: ADMIN_TOKEN });
  http = supertest(api.url);
  await admin('post', '/namespaces', { name: 'other' }).expect(201);
  for (const namespace of ['default', 'other']) {
    const path = `/pipelines/${namespace}/gold/report`;
    await admin('put', path, { sql: 'SELECT 1 AS n' }).expect(201);
    const hook = { kind: 'webhook', config: {} };
    await admin('put', `${path}/triggers/hook`, hook).expect(201);
  }
  const body = { name: 'reader', role: 'viewer', namespaces: ['default'] };
  viewer = String((await admin('post', '/tokens', body).expect(201)).body.token);
});
afterAll(() => api.close());

function admin(method: 'get' | 'post' | 'put' | 'delete', path: string, body?: object) {
  const request = http[method](`/api/v1${path}`).set('authorization', `Bearer ${ADMIN_TOKEN}`);
  return body === undefined ? request : request.send(body);
}

/** A run of the trigger of a namespace, whose firing has these causes. */
async function runOf(namespace: string, ...causes: FiringCause[]): Promise<string> {
  const list = await admin('get', `/triggers?namespace=${namespace}&pipeline=report`).expect(200);
  const id = String(list.body.triggers[0].id);
  const made = await admin('post', `/triggers/${id}/run`, {}).expect(202);
  if (causes.length > 0) {
    await api.db.pool.query('UPDATE firings SET causes = $2, depth = 1 WHERE id = $1', [
      made.body.firing_id,
      JSON.stringify(causes),
    ]);
  }
  return String(made.body.run_id);
}

const byRun = (namespace: string, run: string): FiringCause => ({
  kind: 'run',
  pipeline: `${namespace}.gold.report`,
  run_id: run,
});

async function causesOf(run: string, token = ADMIN_TOKEN): Promise<RunCauses> {
  const answer = await http
    .get(`/api/v1/runs/${run}/causes`)
    .set('authorization', `Bearer ${token}`)
    .expect(200);
  return runCauses.parse(answer.body);
}

test('a run names the trigger that made it and what changed, and one of a request names nothing', async () => {
  const run = await runOf('default');
  const detail = runDetail.parse((await admin('get', `/runs/${run}`).expect(200)).body);
  expect(detail.caused_by).toMatchObject({
    kind: 'trigger',
    name: 'hook',
    firing_id: detail.firing_id,
    causes: [{ kind: 'person' }],
    hidden: 0,
    depth: 0,
  });
  const body = { namespace: 'default', layer: 'gold', pipeline: 'report', trigger: 'trigger:x' };
  const { run_id: made } = (await admin('post', '/runs', body).expect(202)).body;
  expect((await admin('get', `/runs/${made}`).expect(200)).body.caused_by).toBeNull();
  expect((await causesOf(made)).runs).toMatchObject([{ run_id: made, caused_by: null }]);
});

test('the causes of a run are walked to their roots, and each run is listed once', async () => {
  const root = await runOf('default');
  const [left, right] = [
    await runOf('default', byRun('default', root)),
    await runOf('other', byRun('default', root)),
  ];
  const last = await runOf('default', byRun('default', left), byRun('other', right));
  const { runs, truncated } = await causesOf(last);
  expect(runs.map(({ run_id }) => run_id)).toEqual([last, left, right, root]);
  expect(truncated).toBe(false);
});

test('what is in namespaces that the caller may not see is counted, and not shown', async () => {
  const root = await runOf('default');
  const foreign = await runOf('other', byRun('default', root));
  const own = await runOf('default', byRun('other', foreign));
  const { runs } = await causesOf(own, viewer);
  expect(runs).toMatchObject([{ run_id: own, caused_by: { causes: [], hidden: 1 } }]);
  expect(JSON.stringify(runs)).not.toContain(foreign);
  const detail = await http
    .get(`/api/v1/runs/${own}`)
    .set('authorization', `Bearer ${viewer}`)
    .expect(200);
  expect(detail.body.caused_by).toMatchObject({ causes: [], hidden: 1 });
  await http
    .get(`/api/v1/runs/${foreign}/causes`)
    .set('authorization', `Bearer ${viewer}`)
    .expect(404);
});

test('a run that does not exist has no causes', async () => {
  await admin('get', '/runs/00000000-0000-4000-8000-000000000000/causes').expect(404);
  await admin('get', '/runs/none/causes').expect(404);
});

/** Two tables of a trigger, of which the viewer may see one. */
async function watchBoth(): Promise<string> {
  const config = { tables: ['default.gold.report', 'other.gold.report'], match: 'all' };
  for (const namespace of ['default', 'other']) {
    const body = { sql: 'SELECT 1 AS n' };
    await admin('put', `/pipelines/${namespace}/gold/fresh`, body);
  }
  const path = '/pipelines/default/gold/fresh/triggers/both';
  const written = await admin('put', path, { kind: 'table', config });
  expect([200, 201]).toContain(written.status);
  return String(written.body.id);
}

function view(path: string) {
  return http.get(`/api/v1${path}`).set('authorization', `Bearer ${viewer}`).expect(200);
}

test('a trigger shows no input of a namespace that the caller may not see, and counts it', async () => {
  const id = await watchBoth();
  const own = { config: { tables: ['default.gold.report'] }, hidden: 1 };
  const inputs = [{ input: 'table:default.gold.report' }];
  const path = '/pipelines/default/gold/fresh/triggers';
  expect((await view(`/triggers/${id}`)).body).toMatchObject({ ...own, inputs });
  expect((await view(`${path}/both`)).body).toMatchObject({ ...own, inputs });
  const list = (await view('/triggers?pipeline=fresh')).body as { triggers: object[] };
  expect(list.triggers).toMatchObject([{ ...own, inputs }]);
  for (const shown of [`/triggers/${id}`, `${path}/both`, '/triggers', path, `${path}/${id}`]) {
    expect(JSON.stringify((await view(shown)).body)).not.toContain('other');
  }
  const full = (await admin('get', `/triggers/${id}`)).body;
  expect(full.config.tables).toEqual(['default.gold.report', 'other.gold.report']);
  expect(full.hidden).toBe(0);
});

test('a trigger on files of a namespace that the caller may not see shows no config', async () => {
  const path = '/pipelines/default/gold/fresh/triggers/drops';
  const config = { namespace: 'other', zone: 'drops', pattern: 'other-*.csv' };
  await admin('put', path, { kind: 'upload', config }).expect(201);
  const seen = (await view(path)).body;
  expect(seen).toMatchObject({ config: {}, inputs: [], hidden: 1 });
  const typed = (await view(`/pipelines/default/gold/fresh/triggers/${seen.id}`)).body;
  expect(typed).toMatchObject({ config: {} });
  await admin('delete', path).expect(204);
});

test('why-not names no input of a namespace that the caller may not see, and counts it', async () => {
  await watchBoth();
  const seen = (await view('/pipelines/default/gold/fresh/why-not')).body;
  const both = seen.sources.find(({ name }: { name: string }) => name === 'both');
  expect(both).toMatchObject({ missing: [{ input: 'table:default.gold.report' }], hidden: 1 });
  expect(JSON.stringify(seen)).not.toContain('other.gold');
});

test('firings show no cause of a namespace that the caller may not see, and count it', async () => {
  const root = await runOf('default');
  const foreign = await runOf('other', byRun('default', root));
  await runOf('default', byRun('other', foreign), byRun('default', root));
  const list = (await admin('get', '/triggers?namespace=default&pipeline=report')).body;
  const firings = (await view(`/triggers/${list.triggers[0].id}/firings?limit=1`)).body.firings;
  expect(firings).toMatchObject([{ causes: [byRun('default', root)], hidden: 1 }]);
  expect(JSON.stringify(firings)).not.toContain(foreign);
});
