import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MaintenanceReport } from '@rat/domain';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import { claimRun, completeRun, createRun, getRun, MAINTENANCE_RUN } from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const REPORT: MaintenanceReport = {
  namespace: 'default',
  layer: 'silver',
  name: 'orders',
  snapshots_expired: 1,
  branches_dropped: ['run_1'],
  files_compacted: 2,
  compaction_groups: 1,
  manifests_joined: 0,
  orphans_removed: 0,
  orphan_bytes: 0,
};

async function runningMaintenance(): Promise<string> {
  const { id: runId } = await createRun(fixture.db, { ...MAINTENANCE_RUN, pipeline: ORDERS });
  await claimRun(fixture.db, { runId, attempt: 1 }, { runnerId: 'a', leaseMs: 60_000 });
  return runId;
}

test('a maintenance run returns the report that completed it', async () => {
  const runId = await runningMaintenance();
  expect((await getRun(fixture.db, runId)).maintenance).toBeUndefined();
  await completeRun(fixture.db, { runId, attempt: 1 }, { maintenance: REPORT }, []);
  expect((await getRun(fixture.db, runId)).maintenance).toEqual(REPORT);
});

test('a stored maintenance report of another shape is an error that names its run', async () => {
  const runId = await runningMaintenance();
  await fixture.db.pool.query(`UPDATE runs SET maintenance = '{"orphans": 1}' WHERE id = $1`, [
    runId,
  ]);
  await expect(getRun(fixture.db, runId)).rejects.toThrow(`run ${runId} is malformed`);
});
