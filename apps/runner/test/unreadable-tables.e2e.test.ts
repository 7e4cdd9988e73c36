import { rm, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tableDetail, tableList } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import { findRefSnapshot, MAIN_BRANCH, readSnapshotManifests, readTableState } from '@rat/iceberg';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import { createLogger } from '@rat/runtime';
import { findTables, openDatabase, type Database } from '@rat/store';
import { eventually, startFleet, type Fleet } from '@rat/testing';

interface RunBody {
  id: string;
  status: string;
  failure: { code: string } | null;
  error: string | null;
}

let fleet: Fleet;
let db: Database;
beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  const log = createLogger('test', { level: 'silent' });
  db = openDatabase({ url: fleet.databaseUrl, maxConnections: 2, applicationName: 'test', log });
}, 60_000);
afterAll(async () => {
  await db.close();
  await fleet.close();
});

const tableOf = (name: string): PipelineRef => ({ namespace: 'default', layer: 'silver', name });

async function run(name: string, fields: object = {}): Promise<RunBody> {
  const id = await fleet.createRun(`default/silver/${name}`, 0, fields);
  await eventually(
    `the run of ${name} ends`,
    async () => ['success', 'failed'].includes((await fleet.spy.find(id))?.status ?? ''),
    60_000,
  );
  return (await fleet.getJson(`/runs/${id}`)) as RunBody;
}

async function post(path: string, body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

/** The paths of a table's files besides its data. */
async function partsOf(
  name: string,
): Promise<{ metadata: string; list: string; manifest: string }> {
  const files = new LocalTableFiles(join(fleet.home, 'warehouse'));
  const table = tableOf(name);
  const location = (await findTables(db, [table])).get(`default.silver.${name}`) ?? '';
  const { metadata } = await readTableState(files, location);
  const head = findRefSnapshot(metadata, MAIN_BRANCH);
  if (head === undefined) throw new Error('the table is not published');
  const [manifest] = await readSnapshotManifests(files, metadata, head['snapshot-id']);
  return {
    metadata: pathFromUri(location),
    list: pathFromUri(head['manifest-list']),
    manifest: pathFromUri(manifest?.path ?? ''),
  };
}

type Damage = (path: string) => Promise<void>;

const remove: Damage = (path) => rm(path);
const empty: Damage = (path) => writeFile(path, '');
const truncate: Damage = async (path) => {
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, Math.floor(bytes.length / 2)));
};
const overwrite: Damage = (path) => writeFile(path, 'this is no part of a table');
/** Of the same length, so that only its content shows the damage. */
const scramble: Damage = async (path) => {
  const bytes = await readFile(path);
  await writeFile(
    path,
    bytes.map((byte, i) => (i < 8 ? byte : byte ^ 0x5a)),
  );
};
const otherJson: Damage = (path) => writeFile(path, '{"hello": ["world"]}');
const otherVersion: Damage = async (path) => {
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/"format-version"\s*:\s*2/, '"format-version":9'));
};

const LOSSES: [string, 'metadata' | 'list' | 'manifest', Damage][] = [
  ['metadata file is missing', 'metadata', remove],
  ['metadata file is empty', 'metadata', empty],
  ['metadata file is cut short', 'metadata', truncate],
  ['metadata file is no JSON', 'metadata', overwrite],
  ['metadata file is other JSON', 'metadata', otherJson],
  ['metadata file has another version', 'metadata', otherVersion],
  ['manifest list is missing', 'list', remove],
  ['manifest list is empty', 'list', empty],
  ['manifest list is garbage', 'list', overwrite],
  ['manifest list is scrambled', 'list', scramble],
  ['manifest is missing', 'manifest', remove],
  ['manifest is cut short', 'manifest', truncate],
  ['manifest is garbage', 'manifest', overwrite],
  ['manifest is scrambled', 'manifest', scramble],
];

describe('a table', () => {
  test.each(LOSSES)(
    'a table whose %s is shown as unreadable, fails its runs with the cure, and is healed by a full refresh',
    async (loss, part, damage) => {
      const name = loss.replaceAll(' ', '_').toLowerCase();
      const full = `default.silver.${name}`;
      await fleet.putPipeline(`default/silver/${name}`, {
        sql: 'SELECT 1 AS id',
        config: { merge_strategy: 'append_only' },
      });
      await fleet.putPipeline(`default/silver/reader_${name}`, {
        sql: `SELECT * FROM {{ ref('silver.${name}') }}`,
      });
      const first = await run(name);
      expect(first).toMatchObject({ status: 'success' });
      const parts = await partsOf(name);
      await damage(parts[part]);

      const listed = tableList
        .parse(await fleet.getJson('/tables?limit=100'))
        .tables.find((one) => one.name === name);
      const unreadable = { unreadable: true, rows: null, bytes: null, files: null };
      expect(listed).toMatchObject(unreadable);
      const detail = tableDetail.parse(await fleet.getJson(`/tables/default/silver/${name}`));
      expect(detail).toMatchObject(unreadable);
      expect(detail.unreadable_reason).not.toContain(fleet.home);

      const queried = await post('/query', { sql: `SELECT * FROM silver.${name}` });
      expect(queried.status).toBe(422);
      expect(queried.text).toContain(full);
      expect(queried.text).not.toContain(fleet.home);

      // Without the metadata no revert is possible; with it, a revert is another cure.
      if (part === 'metadata') {
        const reverted = await post(`/runs/${first.id}/revert`, { reason: 'a test' });
        expect(reverted.status).toBe(422);
        expect(reverted.text).toContain(full);
      }

      for (const pipeline of [name, `reader_${name}`]) {
        const failed = await run(pipeline);
        expect(failed).toMatchObject({ status: 'failed', failure: { code: 'config_error' } });
        expect(failed.error).toContain(full);
        expect(failed.error).toContain('full_refresh');
      }
      const maintained = await post('/maintenance', { table: name });
      expect(maintained.status).toBe(202);

      const healed = await run(name, { full_refresh: true });
      expect(healed).toMatchObject({ status: 'success', error: null });
      expect(await post('/query', { sql: `SELECT * FROM silver.${name}` })).toMatchObject({
        status: 200,
      });
      expect(await run(name)).toMatchObject({ status: 'success' });
      const after = tableDetail.parse(await fleet.getJson(`/tables/default/silver/${name}`));
      expect(after).toMatchObject({ rows: 2 });
      expect(after.unreadable).toBeUndefined();
    },
    120_000,
  );

  test('a preview of a full refresh shows the table that would replace an unreadable one', async () => {
    const name = 'previewed';
    const files = { sql: 'SELECT 1 AS id', config: { merge_strategy: 'append_only' } };
    await fleet.putPipeline(`default/silver/${name}`, files);
    expect(await run(name)).toMatchObject({ status: 'success' });
    await remove((await partsOf(name)).list);
    const asked = { ref: tableOf(name), files, compare: true };
    const refused = await post('/pipelines/preview', asked);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('full_refresh');
    const shown = await post('/pipelines/preview', { ...asked, full_refresh: true });
    expect(shown.status).toBe(200);
    expect(JSON.parse(shown.text)).toMatchObject({ rows: [[1]], compare: { gained: 1, lost: 0 } });
  }, 60_000);

  test('an unreadable table leaves nothing that is cleaned up again and again', async () => {
    await eventually('nothing is left to clear', async () => {
      const [left] = await fleet.query<{ runs: number }>(
        'SELECT count(*)::int AS runs FROM runs WHERE has_leftovers',
      );
      return left?.runs === 0;
    });
    expect(fleet.runners[0]?.output()).not.toContain('attempt failed unexpectedly');
  });
});
