import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLandingZone, recordReads, takeZonesToPurge } from '@rat/store';
import { openTableFixture, type TableFixture } from '../../test/table-fixture.ts';
import { purgeZone } from './purge-processed-files.ts';

let fixture: TableFixture;
beforeEach(async () => {
  fixture = await openTableFixture();
  await createLandingZone(fixture.deps.db, ZONE, { processedRetentionDays: 7 });
});
afterEach(() => fixture.close());

const ZONE = { namespace: 'default', name: 'in' };
const WEEK = { ...ZONE, retentionDays: 7 };

const processed = (): string =>
  join(fixture.deps.warehouse.landing.zoneDir('default', 'in'), '_processed');

async function archive(folder: string): Promise<void> {
  await mkdir(join(processed(), folder), { recursive: true });
  const path = join(processed(), folder, 'a.csv');
  await writeFile(path, 'n\n1\n');
  // An archived file keeps the time of its delivery, which says nothing about the archive's age.
  await utimes(path, 1, 1);
}

/** A run of which the zone has archived a file, and that ended this many days ago. */
async function endedRun(days: number): Promise<string> {
  const id = await fixture.newRun();
  await fixture.claim(id, 1);
  await fixture.deps.db.pool.query(
    `UPDATE runs SET status = 'success', rows_written = 0, lease_expires_at = NULL, slot = NULL,
       finished_at = now() - $2 * interval '1 day' WHERE id = $1`,
    [id, days],
  );
  await archive(id);
  return id;
}

const kept = async (): Promise<string[]> => (await readdir(processed())).toSorted();

test('archived files are purged by the age of their archive, and younger ones stay', async () => {
  const young = await endedRun(6);
  await endedRun(8);
  await purgeZone(fixture.deps, WEEK, Date.now());
  expect(await kept()).toEqual([young]);
  await purgeZone(fixture.deps, WEEK, Date.now());
  expect(await kept()).toEqual([young]);
});

test('archived files of a run that was decided about later are kept from that decision on', async () => {
  const id = await endedRun(8);
  await fixture.deps.db.pool.query(
    `INSERT INTO run_actions (run_id, action, at) VALUES ($1, 'revert', now())`,
    [id],
  );
  await purgeZone(fixture.deps, WEEK, Date.now());
  expect(await kept()).toEqual([id]);
});

test('archived files of a removed run are purged by the time in the id of the run', async () => {
  const at = (ms: number): string => {
    const hex = ms.toString(16).padStart(12, '0');
    return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`;
  };
  const day = 86_400_000;
  const young = at(Date.now() - 6 * day);
  await archive(young);
  await archive(at(Date.now() - 8 * day));
  await archive('made-by-hand');
  await purgeZone(fixture.deps, WEEK, Date.now());
  expect(await kept()).toEqual([young, 'made-by-hand'].toSorted());
});

test('archived files of a run whose move is not finished stay', async () => {
  const id = await fixture.newRun();
  await fixture.claim(id, 1);
  const key = { runId: id, attempt: 1 };
  await recordReads(fixture.deps.db, key, { tables: {}, zones: { in: [] }, archive: true });
  await fixture.deps.db.pool.query(`UPDATE landing_reads SET archive = 'due' WHERE run_id = $1`, [
    id,
  ]);
  await fixture.deps.db.pool.query(
    `UPDATE runs SET status = 'success', rows_written = 0, lease_expires_at = NULL, slot = NULL,
       finished_at = now() - interval '30 days' WHERE id = $1`,
    [id],
  );
  await archive(id);
  await purgeZone(fixture.deps, WEEK, Date.now());
  expect(await kept()).toEqual([id]);
});

test('of several runners one purges a zone, and none purges it again within the period', async () => {
  await createLandingZone(fixture.deps.db, { namespace: 'default', name: 'for_ever' }, {});
  const query = { everyMs: 3_600_000, limit: 10 };
  const take = () => takeZonesToPurge(fixture.deps.db, query);
  const taken = await Promise.all([take(), take(), take()]);
  expect(taken.flat()).toEqual([WEEK]);
  expect(await take()).toEqual([]);
});
