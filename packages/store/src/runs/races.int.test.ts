import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MaintenanceReport } from '@rat/domain';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  appendEvents,
  claimRun,
  commitBranch,
  completeReceipt,
  completeRun,
  createRun,
  extendLeases,
  publishRun,
  putPipeline,
  recordReads,
  requestCancel,
  rescueExpiredLeases,
  settleAttempt,
} from '../index.ts';
import type { NonSuccessSettlement } from './settle-attempt.ts';

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

async function pending(pipeline: { namespace: string; layer: 'silver'; name: string } = ORDERS) {
  return (await createRun(fixture.db, { pipeline, trigger: { kind: 'manual' } })).id;
}

describe('claims', () => {
  test('each of 300 runs is claimed by exactly one of 8 claimers', async () => {
    for (let batch = 0; batch < 30; batch += 1) {
      const runs = await Promise.all(Array.from({ length: 10 }, () => pending()));
      const claims = await Promise.all(
        runs.flatMap((runId) =>
          Array.from({ length: 8 }, async (_, n) => {
            const owner = { runnerId: `runner-${n}`, leaseMs: 60_000 };
            return claimRun(fixture.db, { runId, attempt: 1 }, owner);
          }),
        ),
      );
      const winners = claims.filter((claim) => claim !== undefined).map((claim) => claim.id);
      expect(winners.toSorted()).toEqual(runs.toSorted());
    }
    const [counted] = (
      await fixture.db.pool.query(
        `SELECT count(*) AS attempts, (SELECT count(*) FROM run_events WHERE payload ->> 'status' = 'running') AS started
         FROM run_attempts`,
      )
    ).rows;
    expect(counted).toEqual({ attempts: 300, started: 300 });
  }, 120_000);

  test('a claim that violates a unique index is lost, and the run stays pending', async () => {
    const single = { namespace: 'default', layer: 'silver', name: 'single' } as const;
    const content = { sql: 'SELECT 1 AS n', config: {}, qualityTests: [], contentHash: 'one' };
    await putPipeline(fixture.db, single, content);
    const [mine, other] = [await pending(single), await pending(single)];
    const foreign = await fixture.db.pool.connect();
    try {
      await foreign.query('BEGIN');
      await foreign.query(
        `UPDATE runs SET status = 'running', attempt = 1, slot = 1, runner_id = 'x', started_at = now(),
           lease_expires_at = now() + interval '1 hour' WHERE id = $1`,
        [other],
      );
      const claiming = claimRun(
        fixture.db,
        { runId: mine, attempt: 1 },
        { runnerId: 'runner-a', leaseMs: 60_000 },
      );
      await waitForBlocked();
      await foreign.query('COMMIT');
      expect(await claiming).toBeUndefined();
    } finally {
      foreign.release();
    }
    const left = await fixture.db.pool.query('SELECT status FROM runs WHERE id = $1', [mine]);
    expect(left.rows).toEqual([{ status: 'pending' }]);
  });
});

async function waitForBlocked(): Promise<void> {
  for (;;) {
    const blocked = await fixture.db.pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if ((blocked.rowCount ?? 0) > 0) return;
  }
}

describe('an attempt that was overtaken', () => {
  const failure = { code: 'sql_error', message: 'late' } as const;
  const quality = [
    {
      name: 'not_null',
      severity: 'error',
      status: 'passed',
      violations: 0,
      durationMs: 1,
      sample: { columns: [], rows: [] },
    },
  ] as never;
  const move = { table: ORDERS, expected: undefined, next: 'file:///late.metadata.json' };

  /** A run whose attempt 1 stalled and whose attempt 2 is running. */
  async function overtaken(): Promise<string> {
    const runId = await pending();
    const owner = { runnerId: 'runner-a', leaseMs: -1_000 };
    expect(await claimRun(fixture.db, { runId, attempt: 1 }, owner)).toBeDefined();
    await rescueExpiredLeases(fixture.db, 1_000);
    const second = { runnerId: 'runner-b', leaseMs: 60_000 };
    expect(await claimRun(fixture.db, { runId, attempt: 2 }, second)).toBeDefined();
    return runId;
  }

  /** All stored state that a write of an attempt could change. */
  async function everything(runId: string): Promise<unknown> {
    const asked = await fixture.db.pool.query(
      `SELECT to_jsonb(r) AS run,
         (SELECT jsonb_agg(e ORDER BY seq) FROM run_events e WHERE run_id = r.id) AS events,
         (SELECT jsonb_agg(a ORDER BY attempt) FROM run_attempts a WHERE run_id = r.id) AS attempts,
         (SELECT jsonb_agg(q) FROM quality_results q WHERE run_id = r.id) AS quality,
         (SELECT jsonb_agg(l) FROM landing_reads l WHERE run_id = r.id) AS landing,
         (SELECT jsonb_agg(t) FROM lake.iceberg_tables t) AS tables
       FROM runs r WHERE id = $1`,
      [runId],
    );
    return asked.rows[0];
  }

  const late: Record<string, (runId: string) => Promise<unknown>> = {
    'its log lines': (runId) =>
      appendEvents(fixture.db, { runId, attempt: 1, alreadyAppended: 0 }, [
        { kind: 'log', at: new Date(), phase: 'build', level: 'info', message: 'late' },
      ]),
    'its publish': (runId) =>
      publishRun(
        fixture.db,
        { runId, attempt: 1 },
        {
          move,
          snapshotId: '1',
          inputSnapshots: { 'default.bronze.raw': '1' },
          rowsWritten: 1,
          rowsDeleted: 0,
          rowsTotal: 1,
          quality,
        },
        [],
      ),
    'its branch': (runId) => commitBranch(fixture.db, { runId, attempt: 1 }, move),
    'its inputs': (runId) =>
      recordReads(
        fixture.db,
        { runId, attempt: 1 },
        {
          tables: { 'default.bronze.raw': '1' },
          zones: { inbox: [{ path: 'a.csv', bytes: 1, mtimeNs: '1' }] },
          archive: true,
        },
      ),
    'its lease': (runId) => extendLeases(fixture.db, [{ runId, attempt: 1 }], 60_000),
    'its maintenance': (runId) =>
      completeRun(fixture.db, { runId, attempt: 1 }, { maintenance: REPORT }, []),
    'its receipt': (runId) =>
      completeReceipt(
        fixture.db,
        { runId, attempt: 1 },
        { stoppedAt: performance.now(), phase: 'build' },
      ),
  };
  const settlements: NonSuccessSettlement[] = [
    { kind: 'fail', failure },
    { kind: 'retry', failure, delayMs: 1_000 },
    { kind: 'cancel' },
    { kind: 'interrupt' },
  ];
  for (const settlement of settlements) {
    late[`its ${settlement.kind}, with what its tests found`] = (runId) =>
      settleAttempt(
        fixture.db,
        { runId, attempt: 1 },
        { ...settlement, quality, inputSnapshots: { 'default.bronze.raw': '1' } },
        [],
      );
  }

  test.each(Object.keys(late))('an attempt that was overtaken writes nothing: %s', async (what) => {
    for (const before of ['running', 'to be cancelled', 'cancelled']) {
      const runId = await overtaken();
      if (before !== 'running') await requestCancel(fixture.db, runId);
      if (before === 'cancelled') {
        await settleAttempt(fixture.db, { runId, attempt: 2 }, { kind: 'cancel' }, []);
      }
      const was = await everything(runId);
      await late[what]?.(runId);
      expect(await everything(runId)).toEqual(was);
    }
  });
});
