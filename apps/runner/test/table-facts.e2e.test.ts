import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';

interface Column {
  name: string;
  nulls: number;
  distinct: number;
  min: string | null;
  max: string | null;
  histogram: { from: unknown; to: unknown; rows: number }[] | null;
  top_values: { value: string; rows: number }[] | null;
}
interface Answer {
  status: number;
  body: {
    snapshot_id?: string;
    rows?: number;
    cached?: boolean;
    columns?: Column[];
    sample?: { change: string; before: unknown[] | null; after: unknown[] | null }[];
    error?: { message: string; issues?: { path: string }[] };
  };
}

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

async function get(path: string, signal?: AbortSignal): Promise<Answer> {
  const url = `${fleet.apis[0]?.url}/api/v1/tables/default/silver/${path}`;
  const response = await fetch(url, signal === undefined ? {} : { signal });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

/** Publishes a version of the table, and returns its snapshot. */
async function publish(name: string, sql: string, config: object = {}): Promise<string> {
  const path = `default/silver/${name}`;
  await fleet.putPipeline(path, { sql, config });
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, 'success');
  return (await get(name)).body.snapshot_id ?? '';
}

describe('the profile of a table', () => {
  test('a profile shows nulls, distinct values, range and distribution of every column', async () => {
    const snapshot = await publish(
      'shape',
      `SELECT i::INT AS i, CASE WHEN i % 4 = 0 THEN NULL ELSE i / 2.0 END AS half, i % 2 = 0 AS even,
        DATE '2026-01-01' + i::INT AS day, TIMESTAMP '2026-01-01' + to_hours(i) AS at,
        CASE WHEN i < 60 THEN 'often' ELSE 'word ' || i END AS "its ""own"" name", [i] AS list, 7 AS same,
        CAST(NULL AS INT) AS nothing
       FROM range(100) r(i)`,
    );
    const { status, body } = await get('shape/profile');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      snapshot_id: snapshot,
      rows: 100,
      cached: false,
      columns_skipped: 0,
      distinct_is_approximate: true,
    });
    const columns = new Map((body.columns ?? []).map((column) => [column.name, column]));
    const rowsOf = (name: string): number =>
      (columns.get(name)?.histogram ?? []).reduce((sum, { rows }) => sum + rows, 0);
    expect(columns.get('i')).toMatchObject({ nulls: 0, min: '0', max: '99', top_values: null });
    expect(columns.get('i')?.histogram).toHaveLength(20);
    expect(columns.get('i')?.histogram?.[0]).toEqual({ from: 0, to: 5, rows: 5 });
    expect(columns.get('i')?.histogram?.at(-1)).toEqual({ from: 95, to: 100, rows: 5 });
    expect(Math.abs((columns.get('i')?.distinct ?? 0) - 100)).toBeLessThan(15);
    expect(columns.get('half')).toMatchObject({ nulls: 25, min: '0.5', max: '49.5' });
    expect(rowsOf('half')).toBe(75);
    expect(columns.get('even')?.top_values).toEqual(
      expect.arrayContaining([
        { value: 'true', rows: 50 },
        { value: 'false', rows: 50 },
      ]),
    );
    expect(columns.get('day')?.histogram?.[0]).toEqual({
      from: '2026-01-01',
      to: '2026-01-06',
      rows: 5,
    });
    expect(columns.get('at')?.histogram?.[0]).toMatchObject({ from: '2026-01-01T00:00:00.000' });
    expect(rowsOf('at')).toBe(100);
    expect(columns.get('its "own" name')?.top_values?.[0]).toEqual({ value: 'often', rows: 60 });
    expect(columns.get('its "own" name')?.top_values?.length).toBeLessThanOrEqual(20);
    expect(columns.get('list')).toMatchObject({ nulls: 0, min: null, max: null, histogram: null });
    expect(columns.get('same')?.histogram).toEqual([{ from: 7, to: 8, rows: 100 }]);
    expect(columns.get('nothing')).toMatchObject({ nulls: 100, distinct: 0, histogram: [] });
  });

  test('a profile is computed once for each version of the table', async () => {
    const first = await publish('cached', 'SELECT 1 AS n');
    expect((await get('cached/profile')).body).toMatchObject({ cached: false, rows: 1 });
    const again = (await get('cached/profile')).body;
    expect(again).toMatchObject({ cached: true, snapshot_id: first, rows: 1 });
    const second = await publish('cached', 'SELECT unnest([1, 2]) AS n');
    expect((await get('cached/profile')).body).toMatchObject({
      cached: false,
      snapshot_id: second,
      rows: 2,
    });
    const stored = await fleet.query(`SELECT 1 FROM table_profiles WHERE name = 'cached'`);
    expect(stored).toHaveLength(1);
  });

  test('a table without rows has a profile, and a missing table has none', async () => {
    await publish('empty', "SELECT 1 AS n, 'x' AS t WHERE false");
    const { body } = await get('empty/profile');
    expect(body).toMatchObject({ rows: 0, columns: [{ histogram: [] }, { top_values: [] }] });
    expect((await get('none/profile')).status).toBe(404);
  });

  test('the names of columns cannot make a profile read or write anything else', async () => {
    const { home } = fleet;
    const names = [
      `" FROM read_text('/etc/passwd') --`,
      `x"), (SELECT content FROM read_text('/etc/passwd')), ("x`,
      `'); COPY (SELECT 1) TO '${home}/warehouse/stolen.csv'; --`,
      `"; ATTACH '${home}/warehouse/x.db' AS x; SELECT "`,
      `"; SET enable_external_access = true; SELECT "`,
      `getenv('DATABASE_URL')`,
      '*',
      '{{ landing_zone("files") }}',
    ];
    const columns = names.map((name, n) => `${n} AS "${name.replaceAll('"', '""')}"`);
    await publish('hostile', `SELECT ${columns.join(', ')}`.replaceAll('{{', "{{ '{{' }}"));
    const files = async (): Promise<string[]> =>
      (await readdir(join(home, 'warehouse'), { recursive: true })).toSorted();
    const before = await files();
    const { status, body } = await get('hostile/profile');
    expect({ status, body }).toMatchObject({ status: 200 });
    expect(body.columns?.map(({ name, min }) => [name, min])).toEqual(
      names.map((name, n) => [name, String(n)]),
    );
    expect(JSON.stringify(body)).not.toContain('root:x:0');
    expect(await files()).toEqual(before);
  });

  test('the work on a profile ends when its client leaves', async () => {
    await publish('long', 'SELECT i, hash(i)::VARCHAR AS t FROM range(6000000) r(i)');
    // Each query has a folder of its own for as long as it is under way.
    const underWay = async (): Promise<number> =>
      (await readdir(join(fleet.home, 'tmp'), { recursive: true })).filter((name) =>
        /(^|\/)query_[^/]+$/.test(name),
      ).length;
    const leaving = new AbortController();
    const asked = get('long/profile', leaving.signal).catch((error: unknown) => error);
    await eventually('the profile is being computed', async () => (await underWay()) === 1);
    leaving.abort();
    expect(await asked).toMatchObject({ name: 'AbortError' });
    await eventually('the work has ended', async () => (await underWay()) === 0);
    expect((await get('long/profile')).body).toMatchObject({ cached: false, rows: 6_000_000 });
  }, 60_000);
});

test('a profile that takes longer than a query may is a 504, and nothing of it goes on', async () => {
  const slow = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 1,
    env: { RAT_QUERY_TIMEOUT: '1' },
  });
  try {
    const columns = Array.from({ length: 20 }, (_, n) => `hash(i + ${n})::VARCHAR AS c${n}`);
    await slow.putPipeline('default/silver/wide', {
      sql: `SELECT ${columns.join(', ')} FROM range(500000) r(i)`,
    });
    const id = await slow.createRun('default/silver/wide');
    await slow.spy.waitFor(id, 'success', 60_000);
    const url = `${slow.apis[0]?.url}/api/v1/tables/default/silver/wide/profile`;
    const response = await fetch(url);
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 504,
      body: { error: { message: expect.stringContaining('did not end within 1 s') } },
    });
    const folders = await readdir(join(slow.home, 'tmp'), { recursive: true });
    expect(folders.filter((name) => /(^|\/)query_[^/]+$/.test(name))).toEqual([]);
  } finally {
    await slow.close();
  }
}, 120_000);

describe('the difference of two versions', () => {
  test('a diff counts and shows the rows that were added, removed and changed by the pipeline’s key', async () => {
    const config = { merge_strategy: 'incremental', unique_key: 'id' };
    const from = await publish(
      'orders',
      `SELECT i AS id, i * 10 AS amount, 'x' AS note FROM range(5) r(i)`,
      config,
    );
    const to = await publish(
      'orders',
      `SELECT i AS id, CASE WHEN i = 4 THEN 99 ELSE i * 10 END AS amount, 'x' AS note FROM range(3, 7) r(i)`,
      config,
    );
    const { status, body } = await get(`orders/diff?from=${from}&to=${to}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      from_snapshot_id: from,
      to_snapshot_id: to,
      key: ['id'],
      rows_added: 2,
      rows_removed: 0,
      rows_changed: 1,
      columns: [{ name: 'id' }, { name: 'amount' }, { name: 'note' }],
    });
    expect(body.sample).toEqual([
      { change: 'added', before: null, after: ['5', '50', 'x'] },
      { change: 'added', before: null, after: ['6', '60', 'x'] },
      {
        change: 'changed',
        before: ['4', '40', 'x'],
        after: ['4', '99', 'x'],
        changed_columns: ['amount'],
      },
    ]);
    expect((await get(`orders/diff?from=${to}&to=${from}`)).body).toMatchObject({
      rows_added: 0,
      rows_removed: 2,
      rows_changed: 1,
    });
    expect((await get(`orders/diff?from=${from}&limit=1`)).body.sample).toHaveLength(1);
    expect((await get(`orders/diff?from=main`)).body).toMatchObject({
      rows_added: 0,
      rows_removed: 0,
      rows_changed: 0,
      sample: [],
    });
  });

  test('a branch in quarantine is compared with main', async () => {
    await publish('held', 'SELECT 1 AS n');
    await fleet.putPipeline('default/silver/held', {
      sql: 'SELECT 2 AS n',
      quality_tests: [{ name: 'never', sql: 'SELECT 1 FROM {{ this }}' }],
    });
    const id = await fleet.createRun('default/silver/held');
    await fleet.spy.waitFor(id, 'failed');
    const branch = `run_${id.replaceAll('-', '')}`;
    expect((await get(`held/diff?from=main&to=${branch}`)).body).toMatchObject({
      key: [],
      rows_added: 1,
      rows_removed: 1,
      rows_changed: 0,
      sample: [
        { change: 'added', before: null, after: [2] },
        { change: 'removed', before: [1], after: null },
      ],
    });
  });

  test('columns that only one version has are listed and not compared', async () => {
    const from = await publish('columns', "SELECT 1 AS id, 'a' AS gone, 5 AS changed");
    await fleet.putPipeline('default/silver/columns', {
      sql: "SELECT 1 AS id, 'b' AS here, 'five' AS changed",
    });
    const id = await fleet.createRun('default/silver/columns', 0, { full_refresh: true });
    await fleet.spy.waitFor(id, 'success');
    expect((await get(`columns/diff?from=${from}&key=id`)).body).toMatchObject({
      rows_changed: 1,
      columns_added: [{ name: 'here', type: 'string' }],
      columns_removed: [{ name: 'gone', type: 'string' }],
      columns_retyped: ['changed'],
      sample: [{ change: 'changed', before: [1, '5'], after: [1, 'five'] }],
    });
  });

  test('a key that is not unique, or that no version has, is refused with its place', async () => {
    const from = await publish('twins', 'SELECT 1 AS id, i AS n FROM range(3) r(i)');
    await publish('twins', 'SELECT 1 AS id, i AS n FROM range(4) r(i)');
    expect(await get(`twins/diff?from=${from}&key=id`)).toMatchObject({
      status: 400,
      body: {
        error: {
          message: expect.stringContaining('id is not unique in the version `from` and `to`'),
          issues: [{ path: 'key' }],
        },
      },
    });
    expect(await get(`twins/diff?from=${from}&key=nope`)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('no column nope') } },
    });
    expect((await get(`twins/diff?from=${from}`)).body).toMatchObject({ rows_added: 1 });
    expect((await get('twins/diff')).status).toBe(400);
    expect(await get('twins/diff?from=77')).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining('no snapshot, branch or tag 77') } },
    });
    expect((await get('none/diff?from=77')).status).toBe(404);
  });
});

test('the tag of a table is that of the words about it, which a new version of its rows leaves alone', async () => {
  await publish('worded', 'SELECT 1 AS n');
  const url = `${fleet.apis[0]?.url}/api/v1/tables/default/silver/worded`;
  const tagNow = async () => (await fetch(url)).headers.get('etag') ?? '';
  const describe = (tag: string, owner: string) =>
    fetch(`${url}/metadata`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'if-match': tag },
      body: JSON.stringify({ owner }),
    });
  const unworded = await tagNow();
  const described = await describe(unworded, 'ada');
  expect(described.status).toBe(200);
  await publish('worded', 'SELECT 2 AS n');
  expect(await tagNow()).toBe(described.headers.get('etag'));
  expect((await describe(unworded, 'bob')).status).toBe(412);
});
