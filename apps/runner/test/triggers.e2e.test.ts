import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';

const JSON_HEADERS = { 'content-type': 'application/json' };

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  await fleet.putPipeline('default/bronze/events', {
    sql: `SELECT * FROM read_csv({{ landing_zone('drops') }})`,
  });
  await fleet.putPipeline('default/silver/events', {
    sql: `SELECT n FROM {{ ref('bronze.events') }}`,
  });
  await fleet.putPipeline('default/gold/events', {
    sql: `SELECT sum(n) AS total FROM {{ ref('silver.events') }}`,
  });
  await putTrigger('bronze', 'upload', { zone: 'drops', pattern: '*.csv' });
  await putTrigger('silver', 'upstream', { pipelines: ['bronze.events'] });
  await putTrigger('gold', 'table', { tables: ['silver.events'] });
}, 60_000);
afterAll(() => fleet.close());

async function send(method: string, path: string, body: string, type = JSON_HEADERS) {
  const url = `${fleet.apis[0]?.url}/api/v1${path}`;
  const answer = await fetch(url, { method, headers: type, body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json() as Promise<Record<string, unknown>>;
}

const putTrigger = (layer: string, kind: string, config: object) =>
  send('PUT', `/pipelines/default/${layer}/events/triggers/t`, JSON.stringify({ kind, config }));

const upload = (name: string, content: string) =>
  send('POST', `/landing-zones/default/drops/files?name=${name}`, content, {
    'content-type': 'text/csv',
  });

interface Counts extends Record<string, number> {
  bronze: number;
  silver: number;
  gold: number;
}

async function successes(): Promise<Counts> {
  const counts: Counts = { bronze: 0, silver: 0, gold: 0 };
  const rows = await fleet.query<{ layer: string; n: number }>(
    `SELECT layer, count(*)::int AS n FROM runs WHERE kind = 'pipeline' AND status = 'success' GROUP BY layer`,
  );
  for (const { layer, n } of rows) counts[layer] = n;
  return counts;
}

const each = (n: number): Counts => ({ bronze: n, silver: n, gold: n });

async function reached(wanted: Counts, withinMs = 30_000): Promise<void> {
  await eventually(
    `the successes ${JSON.stringify(wanted)}`,
    async () => JSON.stringify(await successes()) === JSON.stringify(wanted),
    withinMs,
  );
}

async function total(): Promise<unknown> {
  const sql = `SELECT CAST(total AS INTEGER) AS total FROM gold.events`;
  const answer = await send('POST', '/query', JSON.stringify({ sql, rows_as: 'arrays' }));
  return answer['rows'];
}

test('an upload moves bronze, silver and gold, each once, and the same upload again moves none', async () => {
  await upload('a.csv', 'n\n1\n2\n');
  await reached(each(1));
  expect(await total()).toEqual([[3]]);
  await upload('a.csv', 'n\n1\n2\n');
  for (const [index, n] of [10, 20, 30, 40, 50].entries()) {
    await upload(`more-${n}.csv`, `n\n${n}\n`);
    await reached(each(index + 2));
  }
  expect(await total()).toEqual([[153]]);
  const chain = await fleet.query(
    `SELECT r.layer, f.depth, f.causes -> 0 ->> 'kind' AS cause FROM firings f JOIN runs r ON r.id = f.run_id
     ORDER BY r.created_at DESC LIMIT 3`,
  );
  expect(chain).toEqual([
    { layer: 'gold', depth: 2, cause: 'table' },
    { layer: 'silver', depth: 1, cause: 'run' },
    { layer: 'bronze', depth: 0, cause: 'files' },
  ]);
}, 60_000);

test('a success starts the next run without waiting for a poll', async () => {
  const [row] = await fleet.query<{ p50: number }>(
    `SELECT percentile_cont(0.5) WITHIN GROUP (
       ORDER BY extract(epoch FROM f.decided_at - up.finished_at) * 1000
     )::float8 AS p50
     FROM firings f JOIN runs up ON up.id = (f.causes -> 0 ->> 'run_id')::uuid`,
  );
  // The poll comes every 2 s. On an idle machine the median is some tens of milliseconds.
  expect(row?.p50).toBeLessThan(1_000);
});

test('a file that is moved into the folder starts a run, and one that still grows does not', async () => {
  const before = await successes();
  const landing = join(fleet.home, 'landing', 'default', 'drops');
  await writeFile(join(landing, '.incoming'), 'n\n1000\n');
  await rename(join(landing, '.incoming'), join(landing, 'moved.csv'));
  await reached(each(before.bronze + 1), 45_000);
  expect(await total()).toEqual([[1_153]]);
}, 60_000);

test('a revert is new data for a trigger of the table, and compaction is none', async () => {
  const before = await successes();
  const [newest] = await fleet.query<{ id: string }>(
    `SELECT id FROM runs WHERE layer = 'silver' ORDER BY created_at DESC LIMIT 1`,
  );
  await send('POST', `/runs/${newest?.id}/revert`, '{}');
  await reached({ ...before, gold: before.gold + 1 }, 20_000);
  expect(await total()).toEqual([[153]]);
  await send(
    'POST',
    '/maintenance',
    JSON.stringify({ namespace: 'default', layer: 'silver', table: 'events' }),
  );
  await eventually('the maintenance is over', async () => {
    const rows = await fleet.query(
      `SELECT 1 FROM runs WHERE kind = 'maintenance' AND status = 'success'`,
    );
    return rows.length > 0;
  });
  await eventually('its moves are read', async () => {
    const rows = await fleet.query('SELECT 1 FROM table_moves');
    return rows.length === 0;
  });
  expect(await successes()).toEqual({ ...before, gold: before.gold + 1 });
}, 60_000);
