import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { createRun, deletePipeline, putPipeline } from '../index.ts';
import { listPipelines, type PipelineQuery } from './list-pipelines.ts';

let fixture: StoreFixture;
const gold = { ...ORDERS, layer: 'gold', name: 'totals' } as const;
const bronze = { ...ORDERS, layer: 'bronze', name: 'orders_raw' } as const;
const page = { limit: 50, offset: 0 };

beforeAll(async () => {
  fixture = await openStoreFixture();
  const put = (ref: typeof gold | typeof bronze, description?: string) =>
    putPipeline(fixture.db, ref, {
      sql: 'SELECT 1',
      config: { description },
      qualityTests: [],
      contentHash: 'x',
    });
  await put(gold, 'All ORDERS, 100%');
  await put(bronze);
  await put({ ...gold, name: 'orders_gone' as 'totals' });
  await deletePipeline(fixture.db, { ...gold, name: 'orders_gone' });
});
afterAll(() => fixture.close());

const list = async (query: Partial<PipelineQuery>) => {
  const { pipelines, total } = await listPipelines(fixture.db, { ...page, ...query });
  return { names: pipelines.map(({ layer, name }) => `${layer}.${name}`), total };
};

test('a list of pipelines has the order of the addresses, or of the sort that the query names', async () => {
  const all = ['bronze.orders_raw', 'gold.totals', 'silver.orders'];
  expect(await list({})).toEqual({ names: all, total: 3 });
  expect(await list({ sort: 'address', order: 'desc' })).toMatchObject({ names: all.toReversed() });
  expect(await list({ sort: 'created_at', order: 'desc' })).toMatchObject({
    names: ['bronze.orders_raw', 'gold.totals', 'silver.orders'],
  });
  const byName = ['silver.orders', 'bronze.orders_raw', 'gold.totals'];
  expect(await list({ sort: 'name' })).toMatchObject({ names: byName });
  expect(await list({ sort: 'name', order: 'desc' })).toMatchObject({ names: byName.toReversed() });
  expect(await list({ limit: 1, offset: 1 })).toEqual({ names: ['gold.totals'], total: 3 });
});

test('a text finds pipelines by a part of their address or description, and no character is a wildcard', async () => {
  expect(await list({ q: 'Orders' })).toMatchObject({ total: 3 });
  expect(await list({ q: 'silver.ord' })).toEqual({ names: ['silver.orders'], total: 1 });
  expect(await list({ q: '100%' })).toEqual({ names: ['gold.totals'], total: 1 });
  expect(await list({ q: 'orders%' })).toEqual({ names: [], total: 0 });
  expect(await list({ q: 'orders', layer: 'gold' })).toMatchObject({ total: 1 });
});

test('the health of a pipeline is of its last 30 runs, without maintenance, and of its latest test results', async () => {
  for (let n = 0; n < 35; n += 1) {
    const kind = n % 7 === 6 ? 'maintenance' : 'pipeline';
    await createRun(fixture.db, { pipeline: ORDERS, kind, trigger: { kind: 'manual' } });
  }
  const audit = await createRun(fixture.db, {
    pipeline: ORDERS,
    kind: 'audit',
    trigger: { kind: 'tests' },
  });
  const { pool } = fixture.db;
  await pool.query(
    `WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM runs)
     UPDATE runs SET created_at = '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 min' FROM numbered
     WHERE numbered.id = runs.id`,
  );
  await pool.query(
    `UPDATE runs SET status = 'running', attempt = 1, runner_id = 'r', lease_expires_at = now(), started_at = now(),
       slot = extract(minute FROM created_at)`,
  );
  await pool.query(
    `UPDATE runs SET status = CASE WHEN extract(minute FROM created_at)::int % 10 = 0 THEN 'failed' ELSE 'success' END,
       failure_code = CASE WHEN extract(minute FROM created_at)::int % 10 = 0 THEN 'sql_error' END,
       duration_ms = extract(minute FROM created_at) * 100, rows_written = 1,
       lease_expires_at = NULL, slot = NULL, finished_at = now()`,
  );
  const { rows } = await pool.query<{
    id: string;
    status: string;
    kind: string;
    duration_ms: number;
  }>('SELECT id::text, status, kind, duration_ms FROM runs ORDER BY created_at DESC');
  const addResults = (runId: string, statuses: string[]) =>
    pool.query(
      `INSERT INTO quality_results (run_id, test_name, attempt, namespace, layer, pipeline, severity, status, violations, sample, duration_ms)
       SELECT $1, 't' || n, 1, 'default', 'silver', 'orders', 'error', status, 0, '{"columns": [], "rows": []}', 1
       FROM unnest($2::text[]) WITH ORDINALITY AS s(status, n)`,
      [runId, statuses],
    );
  await addResults(rows.at(-1)?.id ?? '', ['failed']);
  await addResults(audit.id, ['passed', 'passed', 'warned']);

  const { pipelines, total } = await listPipelines(fixture.db, { ...page, withHealth: true });
  expect(total).toBe(3);
  const health = pipelines.find(({ name }) => name === 'orders')?.health;
  const ofPipeline = rows.filter(({ kind }) => kind === 'pipeline');
  expect(health?.runs.map(({ id, status }) => ({ id, status }))).toEqual(
    ofPipeline.slice(0, 30).map(({ id, status }) => ({ id, status })),
  );
  const durations = ofPipeline
    .slice(0, 30)
    .filter(({ status }) => status === 'success')
    .map((run) => run.duration_ms)
    .toSorted((one, other) => one - other);
  const at = (part: number) => durations[Math.ceil(durations.length * part) - 1];
  expect(health).toMatchObject({
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    tests: { runId: audit.id, counts: { passed: 2, warned: 1 } },
  });
  const idle = pipelines.find(({ name }) => name === 'totals')?.health;
  expect(idle).toEqual({
    runs: [],
    p50Ms: undefined,
    p95Ms: undefined,
    tests: undefined,
    nextFireAt: undefined,
    table: undefined,
  });
});

describe('what the health of a pipeline has beside its runs', () => {
  const healthOf = async (name: string) => {
    const { pipelines } = await listPipelines(fixture.db, { ...page, q: name, withHealth: true });
    return pipelines[0]?.health;
  };

  test('its runs show whose rows wait for a decision, and which decisions were made', async () => {
    const ids: string[] = [];
    for (const code of ['sql_error', 'quality_failed', 'quality_failed']) {
      const { id } = await createRun(fixture.db, {
        pipeline: { ...ORDERS, layer: 'gold', name: 'totals' },
        trigger: { kind: 'manual' },
      });
      await fixture.db.pool.query(
        `UPDATE runs SET status = 'running', attempt = 1, runner_id = 'r', lease_expires_at = now(), started_at = now(),
           slot = 1 WHERE id = $1`,
        [id],
      );
      await fixture.db.pool.query(
        `UPDATE runs SET status = 'failed', failure_code = $2, lease_expires_at = NULL, slot = NULL, finished_at = now()
         WHERE id = $1`,
        [id, code],
      );
      ids.push(id);
    }
    const [, decided] = ids;
    await fixture.db.pool.query(`INSERT INTO run_actions (run_id, action) VALUES ($1, 'publish')`, [
      decided,
    ]);
    const runs = (await healthOf('totals'))?.runs ?? [];
    expect(runs.map(({ id, disposition }) => [id, disposition])).toEqual([
      [ids[2], 'quarantined'],
      [ids[1], 'published'],
      [ids[0], undefined],
    ]);
  });

  test('it has the earliest time of the schedules that fire', async () => {
    const put = (name: string, fireAt: string | null, isDeleted = false) =>
      fixture.db.pool.query(
        `INSERT INTO schedules (id, pipeline_id, name, every_seconds, fire_at, next_for, decided_until, paused_at, deleted_at)
         SELECT gen_random_uuid(), id, $1, 60, $2, $2, now(), CASE WHEN $2::timestamptz IS NULL THEN now() END,
           CASE WHEN $3 THEN now() END
         FROM pipelines WHERE name = 'totals'`,
        [name, fireAt, isDeleted],
      );
    await put('late', '2030-01-02T00:00:00Z');
    await put('early', '2030-01-01T00:00:00Z');
    await put('paused', null);
    await put('gone', null, true);
    expect((await healthOf('totals'))?.nextFireAt).toEqual(new Date('2030-01-01T00:00:00Z'));
    expect((await healthOf('orders_raw'))?.nextFireAt).toBeUndefined();
  });

  test('it has the rows of the table until a person changes the table by hand, or drops it', async () => {
    const { pool } = fixture.db;
    const { id } = await createRun(fixture.db, { pipeline: bronze, trigger: { kind: 'manual' } });
    const at = new Date('2026-01-01T00:00:00Z');
    await pool.query(`UPDATE runs SET rows_total = 41 WHERE id = $1`, [id]);
    await pool.query(
      `INSERT INTO table_heads (ref, data_version, metadata_location, run_id, changed_at)
       VALUES ('default.bronze.orders_raw', '7', 'v1.json', $1, $2)`,
      [id, at],
    );
    expect((await healthOf('orders_raw'))?.table).toBeUndefined();
    await pool.query(
      `INSERT INTO lake.iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)
       VALUES ('rat', 'default_bronze', 'orders_raw', 'v1.json')`,
    );
    expect((await healthOf('orders_raw'))?.table).toEqual({ runId: id, at, rows: 41 });
    await pool.query(`INSERT INTO run_actions (run_id, action) VALUES ($1, 'revert')`, [id]);
    expect((await healthOf('orders_raw'))?.table).toBeUndefined();
  });
});
