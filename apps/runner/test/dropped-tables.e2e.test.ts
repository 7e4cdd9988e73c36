import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LocalTableFiles, LocalWarehouse } from '@rat/storage';
import { createLogger } from '@rat/runtime';
import { moveTable, openDatabase, takeExpiredDrops, type Database } from '@rat/store';
import { startFleet, type Fleet } from '@rat/testing';
import type { AttemptDeps } from '../src/attempt-contract/attempt-deps.ts';
import { maintainTable } from '../src/maintenance/maintain-table.ts';
import { removeDroppedTable } from '../src/maintenance/remove-dropped-table.ts';

interface Answer {
  status: number;
  body: {
    drop_id?: string;
    cancelled_runs?: string[];
    tables?: { name: string; rows: number; dropped?: { drop_id: string; dropped_by: string } }[];
    table?: { drop_id: string; name: string } | null;
    total?: number;
    rows?: unknown[][] | number;
    description?: string;
    columns?: object[];
    error?: { message: string; run_id?: string };
  };
}

const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;
const DAY_MS = 86_400_000;

let fleet: Fleet;
let db: Database;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  const log = createLogger('test', { level: 'silent' });
  db = openDatabase({ url: fleet.databaseUrl, maxConnections: 4, applicationName: 'test', log });
}, 60_000);
afterAll(async () => {
  await db.close();
  await fleet.close();
});

async function send(method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-requested-by': 'ada' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
}

async function run(name: string, sql: string, ends: 'success' | 'failed' = 'success') {
  const path = `default/silver/${name}`;
  await fleet.putPipeline(path, { sql });
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, ends);
  return id;
}

async function read(name: string): Promise<unknown> {
  const sql = `SELECT count(*)::INT, sum(n)::INT FROM silver.${name}`;
  const { body } = await send('POST', '/query', { sql, rows_as: 'arrays' });
  return Array.isArray(body.rows) ? body.rows[0] : body.error?.message;
}

const path = (name: string): string => `/tables/default/silver/${name}`;

async function filesOf(name: string): Promise<string[]> {
  const folder = join(fleet.home, 'warehouse/default/silver', name);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function depsOf(): Pick<AttemptDeps, 'db' | 'tables' | 'warehouse' | 'limits' | 'log'> {
  const root = join(fleet.home, 'warehouse');
  return {
    db,
    tables: new LocalTableFiles(root),
    warehouse: new LocalWarehouse({ root, landingRoot: join(fleet.home, 'landing') }),
    limits: {
      tempDir: join(fleet.home, 'tmp'),
      memoryLimitMb: 128,
      tempLimitMb: 128,
      threads: 1,
      targetFileMb: 16,
      runTimeoutMs: 60_000,
      maxRunTimeoutMs: 60_000,
      maxRetries: 20,
      keepMs: DAY_MS,
      quarantineMs: DAY_MS,
      logMaxLines: 1_000,
      runLogLevel: 'info',
    },
    log: createLogger('test', { level: 'silent' }),
  };
}

test('a dropped table does not exist for anyone, and an undrop brings every row back', async () => {
  await run('gone', 'SELECT i AS n FROM range(5) r(i)');
  const dropped = await send('DELETE', `${path('gone')}?reason=wrong%20name`);
  expect(dropped).toMatchObject({
    status: 200,
    body: {
      name: 'gone',
      dropped_by: 'ada',
      reason: 'wrong name',
      forced: false,
      cancelled_runs: [],
    },
  });
  const missing = 'table default.silver.gone does not exist';
  expect(await send('GET', path('gone'))).toMatchObject({
    status: 404,
    body: { error: { message: missing } },
  });
  expect((await send('GET', `${path('gone')}/preview`)).status).toBe(404);
  expect(await read('gone')).toBe(missing);
  expect((await send('GET', '/tables')).body.tables).toEqual([]);
  const inCatalog = `SELECT 1 FROM lake.iceberg_tables WHERE table_name = 'gone'`;
  expect(await fleet.query(inCatalog)).toEqual([]);
  const listed = await send('GET', '/tables?dropped=true');
  expect(listed.body).toMatchObject({
    total: 1,
    tables: [{ name: 'gone', rows: 5, dropped: { dropped_by: 'ada', reason: 'wrong name' } }],
  });
  await fleet.putPipeline('default/silver/reads-gone', {
    sql: "SELECT * FROM {{ ref('silver.gone') }}",
  });
  const reader = await fleet.createRun('default/silver/reads-gone');
  await fleet.spy.waitFor(reader, 'failed');
  expect((await send('GET', `/runs/${reader}`)).body).toMatchObject({
    failure: { code: 'source_not_found' },
    error: expect.stringContaining('table default.silver.gone does not exist'),
  });

  expect(await send('POST', `${path('gone')}/undrop`)).toMatchObject({
    status: 200,
    body: { drop_id: dropped.body.drop_id, restored_at: expect.any(String) },
  });
  expect(await read('gone')).toEqual([5, 10]);
  expect((await send('GET', '/tables?dropped=true')).body).toEqual({ tables: [], total: 0 });
  expect((await send('POST', `${path('gone')}/undrop`)).status).toBe(409);
  expect((await send('POST', `${path('never')}/undrop`)).status).toBe(404);
  expect((await send('DELETE', path('never'))).status).toBe(404);
});

test('a table that another pipeline reads is dropped only by force', async () => {
  await run('base', 'SELECT 1 AS n');
  const reader = await run('on-base', "SELECT * FROM {{ ref('silver.base') }}");
  expect(await send('DELETE', path('base'))).toMatchObject({
    status: 409,
    body: {
      error: { message: expect.stringContaining('default.silver.on-base'), run_id: reader },
    },
  });
  expect(await read('base')).toEqual([1, 1]);
  expect(await send('DELETE', `${path('base')}?force=true`)).toMatchObject({
    status: 200,
    body: { forced: true },
  });
});

test('a run that is under way when its table is dropped ends cancelled and leaves no table', async () => {
  await run('busy', 'SELECT 1 AS n');
  await fleet.putPipeline('default/silver/busy', { sql: ENDLESS });
  const id = await fleet.createRun('default/silver/busy');
  await fleet.spy.waitFor(id, 'running');
  expect(await send('DELETE', path('busy'))).toMatchObject({
    status: 409,
    body: { error: { run_id: id, message: expect.stringContaining('did not end yet') } },
  });
  const dropped = await send('DELETE', `${path('busy')}?force=true`);
  expect(dropped.body.cancelled_runs).toEqual([id]);
  await fleet.spy.waitFor(id, 'cancelled');
  expect((await send('GET', path('busy'))).status).toBe(404);
});

test('a run after the drop makes a new table, and both can be had again', async () => {
  await run('twice', 'SELECT 1 AS n');
  const first = await send('DELETE', path('twice'));
  await run('twice', 'SELECT i AS n FROM range(3) r(i)');
  expect(await send('POST', `${path('twice')}/undrop`)).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining('a run made a new one') } },
  });
  // Maintenance of the new table finds the old one's files in its folder, and leaves them.
  const table = { namespace: 'default', layer: 'silver', name: 'twice' } as const;
  const long = new Date(Date.now() - 4 * DAY_MS);
  for (const file of await filesOf('twice')) await utimes(file, long, long);
  const before = await filesOf('twice');
  const report = await maintainTable(depsOf(), {
    table,
    keepMs: DAY_MS,
    tempDir: join(fleet.home, 'tmp', 'maintenance'),
    commit: async (move) => ((await moveTable(db, move)) ? 'committed' : 'conflict'),
    signal: new AbortController().signal,
  });
  expect(report).toMatchObject({ orphans_removed: 0 });
  expect(await filesOf('twice')).toEqual(before);

  await send('DELETE', path('twice'));
  const undrop = { drop_id: first.body.drop_id };
  expect((await send('POST', `${path('twice')}/undrop`, undrop)).status).toBe(200);
  expect(await read('twice')).toEqual([1, 1]);
});

test('the files of a dropped table go when its time is over, and those of a new table stay', async () => {
  await run('expired', 'SELECT 1 AS n');
  const old = await filesOf('expired');
  await send('DELETE', path('expired'));
  await run('expired', 'SELECT i AS n FROM range(3) r(i)');
  const young = (await filesOf('expired')).filter((file) => !old.includes(file));
  await fleet.query(
    `UPDATE dropped_tables SET keep_until = now() - interval '1 s' WHERE name = 'expired'`,
  );
  const taken = (await takeExpiredDrops(db, 10)).filter(({ table }) => table.name === 'expired');
  const [drop] = taken;
  // The runner's own job may have been first.
  if (drop !== undefined) await removeDroppedTable(depsOf(), drop);
  expect(await filesOf('expired')).toEqual(young);
  expect(await read('expired')).toEqual([3, 3]);
  expect(await send('POST', `${path('expired')}/undrop`)).toMatchObject({ status: 409 });
});

test('deleting a pipeline keeps its table, or drops it with it', async () => {
  await run('kept', 'SELECT 1 AS n');
  expect((await send('DELETE', '/pipelines/default/silver/kept')).status).toBe(204);
  expect(await read('kept')).toEqual([1, 1]);

  await run('unkept', 'SELECT 1 AS n');
  const deleted = await send('DELETE', '/pipelines/default/silver/unkept?table=drop');
  expect(deleted).toMatchObject({ status: 200, body: { table: { name: 'unkept' } } });
  expect((await send('GET', '/pipelines/default/silver/unkept')).status).toBe(404);
  expect((await send('GET', path('unkept'))).status).toBe(404);
  expect((await send('POST', `${path('unkept')}/undrop`)).status).toBe(200);
  expect(await read('unkept')).toEqual([1, 1]);

  await fleet.putPipeline('default/silver/tableless', { sql: 'SELECT 1 AS n' });
  expect(await send('DELETE', '/pipelines/default/silver/tableless?table=drop')).toMatchObject({
    status: 200,
    body: { table: null },
  });
  expect((await send('DELETE', '/pipelines/default/silver/kept?table=rename')).status).toBe(400);
});

test('what people wrote about a table is shown with it, and outlasts runs and a drop', async () => {
  await run('told', 'SELECT 1 AS n, 2 AS m');
  const metadata = `${path('told')}/metadata`;
  const words = {
    description: 'numbers',
    owner: 'team numbers',
    tags: ['small', 'demo'],
    columns: { n: { description: 'the first' }, m: { description: 'the second' } },
  };
  expect(await send('PUT', metadata, words)).toMatchObject({
    status: 200,
    body: {
      ...words,
      rows: 1,
      row_count: 1,
      columns: [
        { name: 'n', description: 'the first' },
        { name: 'm', description: 'the second' },
      ],
      column_descriptions: { n: 'the first', m: 'the second' },
      described_by: 'ada',
    },
  });
  expect(await send('PUT', metadata, { owner: null, columns: { m: null } })).toMatchObject({
    status: 200,
    body: { description: 'numbers', owner: null, column_descriptions: { n: 'the first' } },
  });
  const texts = { column_descriptions: { m: 'the other', gone: 'not there yet' } };
  const described = await send('PUT', metadata, texts);
  expect(described).toMatchObject({
    status: 200,
    body: {
      columns: [{ description: 'the first' }, { description: 'the other' }],
      column_descriptions: { n: 'the first', ...texts.column_descriptions },
    },
  });
  expect((await send('PUT', metadata, { columns: {}, ...texts })).status).toBe(400);
  expect((await send('PUT', metadata, { column_descriptions: { m: '', gone: null } })).status).toBe(
    200,
  );
  await run('told', 'SELECT 1 AS n, 2 AS m, 3 AS o');
  await send('DELETE', path('told'));
  await send('POST', `${path('told')}/undrop`);
  const shown = (await send('GET', path('told'))).body;
  expect(shown).toMatchObject({ description: 'numbers', tags: ['small', 'demo'] });
  expect(shown).not.toHaveProperty('owner');
  expect(shown.columns).toMatchObject([
    { name: 'n', description: 'the first' },
    { name: 'm' },
    { name: 'o' },
  ]);
  const listed = (await send('GET', '/tables')).body.tables?.find(({ name }) => name === 'told');
  expect(listed).toMatchObject({ description: 'numbers', tags: ['small', 'demo'] });

  expect((await send('PUT', `${path('never')}/metadata`, { owner: 'ada' })).status).toBe(404);
  expect((await send('PUT', metadata, { tags: ['one', 'one'] })).status).toBe(400);
  expect((await send('PUT', metadata, { descriptoin: 'x' })).status).toBe(400);
  expect((await send('PUT', metadata)).status).toBe(400);
});
