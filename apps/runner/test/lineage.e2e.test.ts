import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';
import { LandingClient } from './landing-client.ts';

interface Graph {
  nodes: {
    id: string;
    stale_since: string | null;
    last_run: { id: string; status: string; disposition: string | null } | null;
    exists: boolean;
  }[];
  edges: { from: string; to: string; kind: string; declared: boolean; observed: boolean }[];
}

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  const landing = new LandingClient(fleet);
  await landing.upload('drops', 'a.csv', 'n\n1\n');
  await fleet.putPipeline('default/bronze/raw', {
    sql: `SELECT * FROM read_csv({{ landing_zone('drops') }})`,
  });
  await fleet.putPipeline('default/silver/clean', { sql: `SELECT * FROM {{ ref('bronze.raw') }}` });
  await fleet.putPipeline('default/gold/daily', { sql: `SELECT * FROM {{ ref('silver.clean') }}` });
}, 60_000);
afterAll(() => fleet.close());

const graph = async (): Promise<Graph> =>
  (await fleet.getJson('/lineage?root=gold.daily&up=5')) as Graph;

async function run(path: string): Promise<string> {
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, 'success', 60_000);
  return id;
}

async function stale(): Promise<Record<string, string | null>> {
  const { nodes } = await graph();
  const pipelines = nodes.filter(({ id }) => id.startsWith('pipeline:'));
  return Object.fromEntries(pipelines.map((one) => [one.id.split('.')[2], one.stale_since]));
}

const finishedAt = async (id: string): Promise<string> =>
  ((await fleet.getJson(`/runs/${id}`)) as { finished_at: string }).finished_at;

test('edges are declared first, and observed once a run has read them', async () => {
  const before = await graph();
  expect(before.edges.map(({ declared, observed }) => [declared, observed])).toEqual(
    before.edges.map(() => [true, false]),
  );
  await run('default/bronze/raw');
  await run('default/silver/clean');
  const last = await run('default/gold/daily');
  const after = await graph();
  expect(after.edges).toHaveLength(6);
  expect(after.edges.every(({ declared, observed }) => declared && observed)).toBe(true);
  expect(after.nodes.every(({ exists }) => exists)).toBe(true);
  const daily = after.nodes.find(({ id }) => id === 'pipeline:default.gold.daily');
  expect(daily?.last_run).toMatchObject({ id: last });
}, 120_000);

test('a new version that reads something else keeps what its last run read, as observed only', async () => {
  await fleet.putPipeline('default/gold/daily', { sql: `SELECT * FROM {{ ref('bronze.raw') }}` });
  const { edges } = await graph();
  const toDaily = edges.filter(({ to }) => to === 'pipeline:default.gold.daily');
  expect(toDaily).toMatchObject([
    { from: 'table:default.bronze.raw', declared: true, observed: false },
    { from: 'table:default.silver.clean', declared: false, observed: true },
  ]);
  await fleet.putPipeline('default/gold/daily', { sql: `SELECT * FROM {{ ref('silver.clean') }}` });
}, 60_000);

test('columns are traced through every run, up and down, and columns of files are not known', async () => {
  await fleet.putPipeline('default/silver/clean', {
    sql: `SELECT n, n * 2 AS twice, 'x' AS mark FROM {{ ref('bronze.raw') }}`,
  });
  await fleet.putPipeline('default/gold/daily', {
    sql: `CREATE TEMP TABLE t AS SELECT twice FROM {{ ref('silver.clean') }};
      SELECT sum(twice) AS total, count(*) AS amount FROM t`,
    config: { merge_strategy: 'append_only' },
  });
  await run('default/silver/clean');
  await run('default/gold/daily');
  const columns = async (query: string) => fleet.getJson(`/lineage/columns?${query}`);
  expect(await columns('table=gold.daily&column=total&up=9')).toEqual({
    nodes: [
      { id: 'default.gold.daily:total', table: 'default.gold.daily', column: 'total' },
      { id: 'default.silver.clean:twice', table: 'default.silver.clean', column: 'twice' },
      { id: 'default.bronze.raw:n', table: 'default.bronze.raw', column: 'n' },
    ],
    edges: [
      { from: 'default.silver.clean:twice', to: 'default.gold.daily:total' },
      { from: 'default.bronze.raw:n', to: 'default.silver.clean:twice' },
    ],
    unknown: ['default.bronze.raw'],
    truncated: false,
  });
  expect(await columns('table=bronze.raw&column=N&down=9&up=0')).toMatchObject({
    edges: [
      { from: 'default.bronze.raw:n', to: 'default.silver.clean:n' },
      { from: 'default.bronze.raw:n', to: 'default.silver.clean:twice' },
      { from: 'default.silver.clean:twice', to: 'default.gold.daily:total' },
    ],
    unknown: ['default.bronze.raw'],
  });
  expect(await columns('table=silver.clean&up=1&down=0')).toMatchObject({
    nodes: [
      { column: 'n' },
      { column: 'twice' },
      { column: 'mark' },
      { id: 'default.bronze.raw:n' },
    ],
  });
  expect(await columns('table=silver.none')).toMatchObject({ error: { code: 'NOT_FOUND' } });
}, 120_000);

test('a run above makes everything below stale since its end, until each has read it', async () => {
  expect(await stale()).toEqual({ raw: null, clean: null, daily: null });
  const since = await finishedAt(await run('default/bronze/raw'));
  await run('default/bronze/raw');
  expect(await stale()).toEqual({ raw: null, clean: since, daily: since });
  const cleaned = await finishedAt(await run('default/silver/clean'));
  expect(await stale()).toEqual({ raw: null, clean: null, daily: cleaned });
  await run('default/gold/daily');
  expect(await stale()).toEqual({ raw: null, clean: null, daily: null });
}, 120_000);

test('the last run of a pipeline shows that its rows wait for a decision, and what was decided', async () => {
  await fleet.putPipeline('default/gold/checked', {
    sql: `SELECT n FROM {{ ref('silver.clean') }}`,
    quality_tests: [{ name: 'none', sql: 'SELECT * FROM {{ this }}', severity: 'error' }],
  });
  const lastRun = async (): Promise<Graph['nodes'][number]['last_run'] | undefined> => {
    const { nodes } = (await fleet.getJson('/lineage?root=gold.checked&up=0')) as Graph;
    return nodes.find(({ id }) => id === 'pipeline:default.gold.checked')?.last_run;
  };
  const id = await fleet.createRun('default/gold/checked');
  await fleet.spy.waitFor(id, 'failed', 60_000);
  expect(await lastRun()).toMatchObject({ id, status: 'failed', disposition: 'quarantined' });
  const discard = await fetch(`${fleet.apis[0]?.url}/api/v1/runs/${id}/discard`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'a test' }),
  });
  expect(discard.status).toBe(200);
  expect(await lastRun()).toMatchObject({ id, status: 'failed', disposition: 'discarded' });
}, 120_000);
