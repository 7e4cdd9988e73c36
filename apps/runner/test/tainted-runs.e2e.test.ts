import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';

interface Body {
  tainted_runs?: { run_id: string }[];
  snapshot_id?: string | null;
  runs?: { run_id: string }[];
}

interface Pipeline {
  sql: string;
  config?: object;
}

let fleet: Fleet;
beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0', RAT_RUNNER_CONCURRENCY: '2' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
}, 60_000);
afterAll(() => fleet.close());

const NO_BIG_ROWS = { name: 'no-big-rows', sql: 'SELECT * FROM {{ this }} WHERE n > 10' };
const APPEND = { merge_strategy: 'append_only' };

async function post(path: string, body: object): Promise<Body> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

async function start(name: string, pipeline: Pipeline): Promise<string> {
  const path = `default/silver/${name}`;
  await fleet.putPipeline(path, { ...pipeline, quality_tests: [NO_BIG_ROWS] });
  return fleet.createRun(path);
}

async function run(name: string, pipeline: Pipeline): Promise<string> {
  const id = await start(name, pipeline);
  await fleet.spy.waitFor(id, 'success', 30_000);
  return id;
}

/** A run whose test fails, and which is published by hand all the same. */
async function publishByHand(name: string, sql: string): Promise<string> {
  const id = await start(name, { sql });
  await fleet.spy.waitFor(id, 'failed', 30_000);
  await post(`/runs/${id}/publish`, { reason: 'looked at it' });
  return id;
}

/** Fills a table by many small runs, compacts it, and returns the last run's id. */
async function runAndCompact(name: string, sql: string): Promise<string> {
  let last = '';
  for (let n = 0; n < 6; n += 1) last = await run(name, { sql, config: APPEND });
  const before = await headOf(name);
  const question = { namespace: 'default', layer: 'silver', table: name };
  const [maintenance] = (await post('/maintenance', question)).runs ?? [];
  await fleet.spy.waitFor(maintenance?.run_id ?? '', 'success', 30_000);
  expect(await headOf(name)).not.toBe(before);
  return last;
}

async function headOf(name: string): Promise<unknown> {
  return ((await fleet.getJson(`/tables/default/silver/${name}`)) as Body).snapshot_id;
}

async function tainted(runId: string): Promise<string[]> {
  const { tainted_runs: runs = [] } = await post(`/runs/${runId}/revert`, {});
  return runs.map((one) => one.run_id);
}

const from = (name: string): string => `SELECT n FROM {{ ref("silver.${name}") }}`;

describe('a revert names', () => {
  test('a revert lists the runs that read what was published by hand', async () => {
    const id = await publishByHand('by_hand', 'SELECT 11 AS n');
    const reader = await run('by_hand_reader', {
      sql: 'SELECT 1 AS n FROM {{ ref("silver.by_hand") }}',
    });
    expect(await tainted(id)).toEqual([reader]);
  }, 60_000);

  test('a revert lists downstream runs that were published by hand, and their readers', async () => {
    const id = await run('origin', { sql: 'SELECT 1 AS n' });
    const held = await publishByHand('held', 'SELECT n + 10 AS n FROM {{ ref("silver.origin") }}');
    const reader = await run('held_reader', {
      sql: 'SELECT n - 10 AS n FROM {{ ref("silver.held") }}',
    });
    expect(await tainted(id)).toEqual([held, reader]);
  }, 60_000);

  test('a revert lists the runs that read the same rows after a compaction, at every distance', async () => {
    const id = await runAndCompact('joined', 'SELECT 1 AS n');
    const reader = await runAndCompact('joined_reader', from('joined'));
    const second = await run('joined_second', { sql: from('joined_reader') });
    const ids = await tainted(id);
    expect(ids).toHaveLength(7);
    expect(ids.slice(-2)).toEqual([reader, second]);
  }, 120_000);

  test('a revert lists the runs that are still reading', async () => {
    const id = await run('being_read', { sql: 'SELECT 1 AS n' });
    const sql = `SELECT count(*) AS n FROM {{ ref("silver.being_read") }}, range(10000000) a, range(10000000) b
      WHERE hash(a.range, b.range) % 7 = 3`;
    const reader = await start('endless_reader', { sql });
    await eventually(
      'the reader writes',
      async () => {
        const begun = await fleet.query(
          `SELECT 1 FROM run_events WHERE run_id = '${reader}' AND kind = 'phase' AND phase = 'write'`,
        );
        return begun.length > 0;
      },
      30_000,
    );
    expect(await tainted(id)).toEqual([reader]);
    await post(`/runs/${reader}/cancel`, {});
  }, 60_000);
});
