import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QualityResult, Settlement } from '@rat/domain';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  claimRun,
  createRun,
  findLatestResults,
  listQualityResults,
  listTestHistory,
  publishRun,
  requestCancel,
  settleAttempt,
} from '../index.ts';
import type { NonSuccessSettlement } from '../runs/settle-attempt.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const RESULT: QualityResult = {
  name: 'no_negative',
  severity: 'error',
  status: 'failed',
  description: 'money is not negative',
  tags: ['money'],
  remediation: 'ask Ann',
  violations: 3,
  sample: { columns: ['amount'], rows: [['-1'], [null]] },
  durationMs: 12,
};
const BROKEN: QualityResult = {
  name: 'broken',
  severity: 'warn',
  status: 'error',
  tags: [],
  sample: { columns: [], rows: [] },
  durationMs: 1,
  message: 'half a pair \ud83d and NUL \0',
};
const FAIL: NonSuccessSettlement = {
  kind: 'fail',
  failure: { code: 'quality_failed', message: 'Quality tests failed' },
};

async function runningRun(attempt = 1): Promise<string> {
  const { id } = await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
  await claimRun(fixture.db, { runId: id, attempt }, { runnerId: 'a', leaseMs: 60_000 });
  return id;
}

function settle(runId: string, settlement: Settlement<never> | NonSuccessSettlement, attempt = 1) {
  if (settlement.kind === 'succeed') throw new Error('not by this verb');
  const quality = [RESULT, BROKEN];
  return settleAttempt(fixture.db, { runId, attempt }, { ...settlement, quality }, []);
}

describe('what the tests of a run found', () => {
  test('the quality results of a failed run are stored', async () => {
    const runId = await runningRun();
    await settle(runId, FAIL);
    const kept = { runId, attempt: 1, recordedAt: expect.any(Date) };
    expect(await listQualityResults(fixture.db, runId)).toEqual([
      { ...kept, ...BROKEN, message: 'half a pair \ufffd and NUL \ufffd' },
      { ...kept, ...RESULT },
    ]);
  });

  test('the quality results of a successful run are stored by the statement that publishes it', async () => {
    const runId = await runningRun();
    const passed: QualityResult = { ...RESULT, status: 'passed', violations: 0 };
    const answer = await publishRun(
      fixture.db,
      { runId, attempt: 1 },
      {
        move: { table: ORDERS, expected: undefined, next: `file:///${runId}.json` },
        snapshotId: '1',
        inputSnapshots: {},
        rowsWritten: 1,
        rowsDeleted: 0,
        rowsTotal: 1,
        quality: [passed],
      },
      [],
    );
    expect(answer).toMatchObject({ kind: 'settled', status: 'success' });
    expect(await listQualityResults(fixture.db, runId)).toMatchObject([passed]);
  });

  test('the quality results are stored when a cancel outranks the settlement', async () => {
    const runId = await runningRun();
    await requestCancel(fixture.db, runId);
    expect(await settle(runId, FAIL)).toMatchObject({ status: 'cancelled' });
    expect(await listQualityResults(fixture.db, runId)).toHaveLength(2);
  });

  test('the quality results of a fenced or retried attempt are not stored', async () => {
    const runId = await runningRun();
    expect(await settle(runId, FAIL, 7)).toEqual({ kind: 'fenced' });
    expect(await listQualityResults(fixture.db, runId)).toEqual([]);
    await settle(runId, { kind: 'interrupt' });
    expect(await listQualityResults(fixture.db, runId)).toEqual([]);
    expect(await settle(runId, FAIL)).toEqual({ kind: 'fenced' });
    await claimRun(fixture.db, { runId, attempt: 2 }, { runnerId: 'b', leaseMs: 60_000 });
    await settle(runId, FAIL, 2);
    expect(await settle(runId, FAIL, 1)).toEqual({ kind: 'fenced' });
    expect(await listQualityResults(fixture.db, runId)).toMatchObject([
      { name: 'broken', attempt: 2 },
      { name: 'no_negative', attempt: 2 },
    ]);
  });
});

describe('the history of a test', () => {
  test('the history of a test has only its results, newest first, in pages with an exact total', async () => {
    const other = { ...ORDERS, name: 'nothing' };
    await settle(await runningRun(), FAIL);
    const last = await runningRun();
    await settle(last, FAIL);
    const all = await listTestHistory(fixture.db, ORDERS, {
      testName: 'broken',
      limit: 100,
      offset: 0,
    });
    expect(all.total).toBe(all.results.length);
    expect(all.results[0]).toMatchObject({ runId: last, name: 'broken' });
    const times = all.results.map((result) => result.recordedAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const page = await listTestHistory(fixture.db, ORDERS, {
      testName: 'broken',
      limit: 1,
      offset: 1,
    });
    expect(page).toEqual({ results: [all.results[1]], total: all.total });
    const query = { testName: 'broken', limit: 5, offset: 0 };
    expect(await listTestHistory(fixture.db, other, query)).toEqual({ results: [], total: 0 });
    const latest = await findLatestResults(fixture.db, ORDERS, ['broken', 'unheard_of']);
    expect([...latest].map(([name, result]) => [name, result.runId])).toEqual([['broken', last]]);
  });
});
