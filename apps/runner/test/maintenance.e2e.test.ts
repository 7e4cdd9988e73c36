import { randomUUID } from 'node:crypto';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { runBranch } from '@rat/domain';
import { readMainBranch, stageChange, UNPARTITIONED } from '@rat/iceberg';
import { LocalTableFiles, LocalWarehouse } from '@rat/storage';
import { createLogger } from '@rat/runtime';
import { moveTable, openDatabase, type Database } from '@rat/store';
import { startFleet, type Fleet } from '@rat/testing';
import type { AttemptDeps } from '../src/attempt-contract/attempt-deps.ts';
import { findCurrentTable } from '../src/table-commit/current-table.ts';
import { maintainTable } from '../src/maintenance/maintain-table.ts';

interface Report {
  snapshots_expired: number;
  branches_dropped: string[];
  files_compacted: number;
  compaction_groups: number;
  manifests_joined: number;
  orphans_removed: number;
}
interface Body {
  plans?: Report[];
  runs?: { run_id: string }[];
  rows?: unknown[][];
  files?: number;
  snapshots?: { id: string }[];
  trigger?: string;
  maintenance?: Report | null;
}

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

async function send(path: string, body?: object): Promise<Body> {
  const headers = { 'content-type': 'application/json' };
  const post = { method: 'POST', headers, body: JSON.stringify(body) };
  const url = `${fleet.apis[0]?.url}/api/v1${path}`;
  const response = await fetch(url, body === undefined ? {} : post);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

async function run(name: string, ends: 'success' | 'failed' = 'success'): Promise<string> {
  const id = await fleet.createRun(`default/silver/${name}`);
  await fleet.spy.waitFor(id, ends);
  return id;
}

const sum = async (name: string, more: object = {}): Promise<unknown> =>
  (
    await send('/query', {
      sql: `SELECT count(*)::INT, sum(n)::INT FROM silver.${name}`,
      rows_as: 'arrays',
      ...more,
    })
  ).rows?.[0];

const folder = (name: string): string => join(fleet.home, 'warehouse', 'default', 'silver', name);

test('maintenance joins small files and manifests and removes orphans, and readers see the same rows', async () => {
  await fleet.putPipeline('default/silver/log', {
    sql: 'SELECT 1 AS n',
    config: { merge_strategy: 'append_only' },
  });
  for (let n = 0; n < 17; n += 1) await run('log');
  const old = (await send('/tables/default/silver/log')).snapshots?.at(-3)?.id;
  await fleet.putPipeline('default/silver/log', {
    sql: 'SELECT 1 AS n',
    config: { merge_strategy: 'append_only' },
    quality_tests: [{ name: 'never', sql: 'SELECT 1 FROM {{ this }}' }],
  });
  const held = await run('log', 'failed');
  const long = new Date(Date.now() - 4 * DAY_MS);
  await writeFile(join(folder('log'), 'data', 'lost.parquet'), 'x');
  await utimes(join(folder('log'), 'data', 'lost.parquet'), long, long);
  await writeFile(join(folder('log'), 'data', 'young.parquet'), 'x');

  const question = { namespace: 'default', layer: 'silver', table: 'log' };
  const planned = await send('/maintenance', { ...question, dry_run: true });
  const expected = {
    snapshots_expired: 0,
    branches_dropped: [],
    files_compacted: 17,
    compaction_groups: 1,
    orphans_removed: 1,
  };
  expect(planned.plans).toMatchObject([{ ...expected, manifests_joined: 17 }]);
  const { runs = [] } = await send('/maintenance', question);
  const [{ run_id: id } = { run_id: '' }] = runs;
  await fleet.spy.waitFor(id, 'success');
  const done = await send(`/runs/${id}`);
  expect(done).toMatchObject({ trigger: 'maintenance', maintenance: expected });

  expect((await send('/tables/default/silver/log')).files).toBe(1);
  expect(await sum('log')).toEqual([17, 17]);
  expect(await sum('log', { snapshot: old })).toEqual([3, 3]);
  expect(await sum('log', { branch: runBranch(held) })).toEqual([18, 18]);
  const left = await readdir(join(folder('log'), 'data'));
  expect(left).toContain('young.parquet');
  expect(left).not.toContain('lost.parquet');
  // Compaction moved main and changed no row, so a run in quarantine may still be published.
  await send(`/runs/${held}/publish`, { reason: 'looked at it' });
  expect(await sum('log')).toEqual([18, 18]);
  await fleet.putPipeline('default/silver/log', {
    sql: 'SELECT 2 AS n',
    config: { merge_strategy: 'append_only' },
  });
  await run('log');
  expect(await sum('log')).toEqual([19, 20]);
}, 120_000);

test('maintenance removes expired versions with their files, and keeps a branch in quarantine', async () => {
  await fleet.putPipeline('default/silver/versions', { sql: 'SELECT 1 AS n' });
  await run('versions');
  for (let n = 0; n < 3; n += 1) await run('versions');
  await fleet.putPipeline('default/silver/versions', {
    sql: 'SELECT 5 AS n',
    quality_tests: [{ name: 'never', sql: 'SELECT 1 FROM {{ this }}' }],
  });
  const held = await run('versions', 'failed');
  const table = { namespace: 'default', layer: 'silver', name: 'versions' } as const;
  const deps = depsOf();
  const dead = await stageDeadBranch(deps, table);

  const report = await maintainTable(deps, {
    table,
    keepMs: 0,
    tempDir: join(fleet.home, 'tmp', 'maintenance'),
    commit: async (move) => ((await moveTable(db, move)) ? 'committed' : 'conflict'),
    signal: new AbortController().signal,
  });
  expect(report).toMatchObject({ snapshots_expired: 4, branches_dropped: [dead] });
  const kept = (await send('/tables/default/silver/versions')).snapshots?.map(({ id }) => id) ?? [];
  expect(kept).toHaveLength(2);
  expect(await sum('versions')).toEqual([1, 1]);
  expect(await sum('versions', { branch: runBranch(held) })).toEqual([1, 5]);
  const parquet = (await deps.tables.list(deps.tables.uri('default', 'silver', 'versions', 'data')))
    .length;
  expect(parquet).toBe(2);
}, 120_000);

test('maintenance ends an expired quarantine, and the run shows it', async () => {
  await fleet.putPipeline('default/silver/late', {
    sql: 'SELECT 1 AS n',
    quality_tests: [{ name: 'never', sql: 'SELECT 1 FROM {{ this }}' }],
  });
  const held = await run('late', 'failed');
  const table = { namespace: 'default', layer: 'silver', name: 'late' } as const;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 8 * DAY_MS);
  const report = await maintainTable(depsOf(), {
    table,
    keepMs: 0,
    tempDir: join(fleet.home, 'tmp', 'maintenance'),
    commit: async (move) => ((await moveTable(db, move)) ? 'committed' : 'conflict'),
    signal: new AbortController().signal,
  });
  clock.mockRestore();
  expect(report).toMatchObject({ branches_dropped: [runBranch(held)] });
  expect(await send(`/runs/${held}`)).toMatchObject({
    quarantine: null,
    actions: [{ action: 'discard', reason: 'nobody decided in time' }],
  });
}, 60_000);

/**
 * The dependencies of maintenance, with only the limits that compaction reads before it finds
 * nothing to do.
 */
function depsOf(): AttemptDeps {
  const root = join(fleet.home, 'warehouse');
  return {
    db,
    tables: new LocalTableFiles(root),
    warehouse: new LocalWarehouse({ root, landingRoot: join(fleet.home, 'landing') }),
    limits: { targetFileMb: 16 },
    log: createLogger('test', { level: 'silent' }),
  } as unknown as AttemptDeps;
}

/** A branch of a run that the database no longer has. */
async function stageDeadBranch(
  deps: AttemptDeps,
  table: { namespace: string; layer: 'silver'; name: string },
): Promise<string> {
  const current = await findCurrentTable(deps, table);
  const main = current && (await readMainBranch(deps.tables, current));
  if (current === undefined || main === undefined) throw new Error('nothing was published');
  const runId = randomUUID();
  const next = await stageChange(deps.tables, {
    tableUri: current.metadata.location,
    current,
    runId,
    added: [],
    removed: 'all',
    schema: main.schema,
    spec: UNPARTITIONED,
    maxBranchAgeMs: DAY_MS,
    nowMs: Date.now(),
  });
  await moveTable(db, { table, expected: current.location, next: next.location });
  return runBranch(runId);
}
