import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pipelineRetention, retentionAnswer, retentionStatus } from '@rat/contracts';
import { startFleet, type Fleet } from '@rat/testing';

const CONFIG = '/admin/retention/config';
const ORDERS = 'default/silver/orders';
const REPORT = 'default/gold/report';

let fleet: Fleet;

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0', RAT_RUNS_MAX_PER_PIPELINE: '8', RAT_KEEP_DAYS: '5' };
  fleet = await startFleet({ backend: 'postgres', apis: 2, runners: 2, env });
  for (const path of [ORDERS, REPORT]) await fleet.putPipeline(path, { sql: 'SELECT 1 AS n' });
  // Nothing is due in this suite, so the only rounds are those that it asks for.
  await fleet.query('UPDATE pipelines SET swept_at = now()');
}, 120_000);
afterAll(() => fleet.close());

async function send(method: string, path: string, body?: object, api = 0) {
  const response = await fetch(`${fleet.apis[api]?.url}/api/v1${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as unknown };
}

const configOf = async (api = 0) =>
  retentionAnswer.parse((await send('GET', CONFIG, undefined, api)).body).config;

/** Failed runs of both pipelines, a day apart, the youngest two days old. */
async function insertRuns(count: number): Promise<void> {
  await fleet.query('DELETE FROM runs');
  await fleet.query(
    `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, status, failure_code, max_attempts,
       created_at, started_at, finished_at, last_seq)
     SELECT gen_random_uuid(), p.id, v.id, p.namespace, p.layer, p.name, 'failed', 'sql_error', 1, at, at, at, 0
     FROM generate_series(2, ${count + 1}) AS n, LATERAL (SELECT now() - n * interval '1 day' AS at) AS t,
       pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id`,
  );
}

async function runsOf(path: string): Promise<number> {
  const [, , name] = path.split('/');
  const [row] = await fleet.query<{ count: string }>(
    `SELECT count(*) AS count FROM runs WHERE pipeline = '${name}'`,
  );
  return Number(row?.count);
}

test('before a choice the configuration is the environment of the runners', async () => {
  expect(await configOf()).toEqual({
    runs_max_per_pipeline: 8,
    runs_max_age_days: 90,
    logs_max_age_days: 90,
    quality_results_max_per_test: 8,
    soft_delete_purge_days: 5,
    stuck_run_timeout_minutes: 60,
    audit_log_max_age_days: 400,
    nessie_orphan_branch_max_age_hours: 168,
    reaper_interval_minutes: 60,
    iceberg_snapshot_max_age_days: 5,
    iceberg_orphan_file_max_age_days: 3,
  });
  const status = retentionStatus.parse((await send('GET', '/admin/retention/status')).body);
  expect(status).toMatchObject({ last_run_at: null, runs_pruned: 0 });
});

test('a configuration that was read can be sent back, and every API shows what was chosen', async () => {
  const read = await configOf();
  expect(await send('PUT', CONFIG, read)).toEqual({ status: 200, body: { config: read } });
  const changed = { ...read, runs_max_per_pipeline: 6, quality_results_max_per_test: 6 };
  const { status, body } = await send('PUT', CONFIG, changed);
  expect({ status, config: retentionAnswer.parse(body).config }).toEqual({
    status: 200,
    config: changed,
  });
  expect(await configOf(1)).toEqual(changed);
  await send('PUT', CONFIG, {});
  expect(await configOf(1)).toEqual(read);
});

test('a value that nothing here obeys is refused with what holds, and changes nothing', async () => {
  const read = await configOf();
  const refused: [string, number, string][] = [
    ['audit_log_max_age_days', 365, 'must be 400, as RAT_KEEP_AUDIT_DAYS'],
    ['stuck_run_timeout_minutes', 120, 'must be 60, as RAT_RUN_TIMEOUT'],
    ['nessie_orphan_branch_max_age_hours', 6, 'must be 168, as RAT_QUARANTINE_DAYS'],
    ['logs_max_age_days', 30, 'must be 90, as runs_max_age_days'],
    ['runs_max_per_pipeline', -1, 'must be a whole number from 0'],
    ['soft_delete_purge_days', 0, 'must be a whole number from 1'],
    ['reaper_interval_minutes', 1.5, 'must be a whole number'],
    ['other', 1, 'other'],
  ];
  for (const [key, value, said] of refused) {
    const { status, body } = await send('PUT', CONFIG, {
      ...read,
      runs_max_age_days: 90,
      [key]: value,
    });
    expect({ key, status, text: JSON.stringify(body) }).toMatchObject({
      status: 400,
      text: expect.stringContaining(said),
    });
  }
  expect(await configOf()).toEqual(read);
});

test('a pipeline’s settings rule over the installation’s when the runner cleans up', async () => {
  await insertRuns(10);
  const path = `/pipelines/${ORDERS}/retention`;
  const before = pipelineRetention.parse((await send('GET', path)).body);
  expect(before.overrides).toBeNull();
  expect(before.effective).toEqual(before.system);
  expect(
    (await send('PUT', path, { runs_max_per_pipeline: 2, runs_max_age_days: null })).status,
  ).toBe(204);
  const after = pipelineRetention.parse((await send('GET', path, undefined, 1)).body);
  expect(after).toEqual({
    system: before.system,
    overrides: { runs_max_per_pipeline: 2 },
    effective: { ...before.system, runs_max_per_pipeline: 2, quality_results_max_per_test: 2 },
  });
  const { status, body } = await send('POST', '/admin/retention/run');
  expect(status).toBe(200);
  const round = retentionStatus.parse(body);
  expect(round).toMatchObject({ runs_pruned: 10, last_run_at: expect.any(String) });
  expect([await runsOf(ORDERS), await runsOf(REPORT)]).toEqual([2, 8]);
  expect((await send('GET', '/admin/retention/status', undefined, 1)).body).toEqual(round);
  expect((await send('PUT', path, {})).status).toBe(204);
  expect((await send('GET', path)).body).toMatchObject({ overrides: null });
});

test('an installation-wide setting is refused for a pipeline, unless it is what holds', async () => {
  const path = `/pipelines/${REPORT}/retention`;
  const { effective } = pipelineRetention.parse((await send('GET', path)).body);
  expect((await send('PUT', path, effective)).status).toBe(204);
  const { status, body } = await send('PUT', path, { reaper_interval_minutes: 5 });
  expect({ status, text: JSON.stringify(body) }).toMatchObject({
    status: 400,
    text: expect.stringContaining('reaper_interval_minutes: must be 60'),
  });
  expect((await send('PUT', path, {})).status).toBe(204);
  expect((await send('GET', '/pipelines/default/gold/nothing/retention')).status).toBe(404);
  expect((await send('PUT', '/pipelines/default/gold/nothing/retention', {})).status).toBe(404);
});

test('a dropped table can be restored for as long as was chosen', async () => {
  await fleet.spy.waitFor(await fleet.createRun(REPORT), 'success');
  await send('PUT', CONFIG, { soft_delete_purge_days: 30 });
  expect((await send('DELETE', `/tables/${REPORT}`)).status).toBe(200);
  const [dropped] = await fleet.query<{ days: string }>(
    `SELECT round(extract(epoch FROM keep_until - dropped_at) / 86400) AS days FROM dropped_tables`,
  );
  expect(Number(dropped?.days)).toBe(30);
  await fleet.query(`UPDATE dropped_tables SET keep_until = now() - interval '1 minute'`);
  const round = retentionStatus.parse((await send('POST', '/admin/retention/run')).body);
  expect(round.pipelines_purged).toBe(1);
  await send('PUT', CONFIG, {});
}, 60_000);

test('without a runner a round is a 503, and settings still work', async () => {
  await Promise.all(fleet.runners.map((runner) => runner.stop()));
  expect((await send('POST', '/admin/retention/run')).status).toBe(503);
  expect((await send('PUT', CONFIG, { runs_max_age_days: 7, logs_max_age_days: 7 })).status).toBe(
    200,
  );
  expect((await configOf()).runs_max_age_days).toBe(7);
}, 60_000);
