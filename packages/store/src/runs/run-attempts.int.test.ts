import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PhaseRecord, RunOverrides } from '@rat/domain';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  claimRun,
  createRun,
  forceCancel,
  getRunStory,
  publishRun,
  requestCancel,
  rescueExpiredLeases,
  settleAttempt,
} from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const FAILURE = { code: 'storage_unavailable', message: 'disk away', phase: 'write' } as const;

async function pendingRun(overrides?: RunOverrides): Promise<string> {
  return (await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' }, overrides }))
    .id;
}

async function claim(runId: string, attempt: number, leaseMs = 10_000): Promise<unknown> {
  const owner = { runnerId: `runner-${attempt}`, leaseMs };
  const claimed = await claimRun(fixture.db, { runId, attempt }, owner);
  if (claimed === undefined) throw new Error('the claim was lost');
  return claimed.config;
}

async function publish(
  runId: string,
  attempt: number,
  phases: readonly PhaseRecord[] = [],
): Promise<void> {
  const table = { ...ORDERS, name: `t_${runId.replaceAll('-', '_')}` };
  const publication = {
    move: { table, expected: undefined, next: `file:///${runId}` },
    snapshotId: '1',
    inputSnapshots: {},
    rowsWritten: 1,
    rowsDeleted: 0,
    rowsTotal: 1,
  };
  await publishRun(fixture.db, { runId, attempt }, publication, phases);
}

async function outcomes(runId: string): Promise<string[]> {
  const { attempts } = await getRunStory(fixture.db, runId);
  return attempts.map((one) => `${one.attempt} ${one.runner} ${one.outcome ?? 'under way'}`);
}

test('every attempt is stored with its runner, its times and the reason of its end', async () => {
  const runId = await pendingRun();
  expect(await outcomes(runId)).toEqual([]);
  await claim(runId, 1);
  expect(await outcomes(runId)).toEqual(['1 runner-1 under way']);
  const retry = { kind: 'retry', failure: FAILURE, delayMs: 0 } as const;
  await settleAttempt(fixture.db, { runId, attempt: 1 }, retry, []);
  await claim(runId, 2);
  await settleAttempt(fixture.db, { runId, attempt: 2 }, { kind: 'interrupt' }, []);
  await claim(runId, 3);
  await publish(runId, 3);
  expect(await outcomes(runId)).toEqual([
    '1 runner-1 failed',
    '2 runner-2 interrupted',
    '3 runner-3 success',
  ]);
  const { run, attempts } = await getRunStory(fixture.db, runId);
  expect(run).toMatchObject({ status: 'success', failure: undefined, error: undefined });
  expect(attempts[0]?.failure).toEqual(FAILURE);
  for (const one of attempts) {
    expect(Number(one.finishedAt)).toBeGreaterThanOrEqual(Number(one.startedAt));
  }
});

test('every attempt keeps the phases that it finished, also when a later one has others', async () => {
  const phase = (name: PhaseRecord['name'], status: PhaseRecord['status']): PhaseRecord => ({
    name,
    status,
    started_at: '2026-01-01T00:00:00.000Z',
    duration_ms: 5,
  });
  const runId = await pendingRun();
  await claim(runId, 1);
  const failed = [phase('build', 'success'), phase('write', 'failed')];
  const retry = { kind: 'retry', failure: FAILURE, delayMs: 0 } as const;
  await settleAttempt(fixture.db, { runId, attempt: 1 }, retry, failed);
  await claim(runId, 2);
  const underWay = await getRunStory(fixture.db, runId);
  expect(underWay.attempts.map(({ phases }) => phases)).toEqual([failed, []]);
  await publish(runId, 2, [phase('publish', 'success')]);
  const { run, attempts } = await getRunStory(fixture.db, runId);
  expect(attempts.map(({ phases }) => phases)).toEqual([failed, [phase('publish', 'success')]]);
  expect(run.phases).toEqual([phase('publish', 'success')]);
});

test('a run that waits for its next attempt is pending and shows when that may start', async () => {
  const runId = await pendingRun();
  await claim(runId, 1);
  const retry = { kind: 'retry', failure: FAILURE, delayMs: 60_000 } as const;
  await settleAttempt(fixture.db, { runId, attempt: 1 }, retry, []);
  const { run, attempts } = await getRunStory(fixture.db, runId);
  expect(run.status).toBe('pending');
  const waitMs = Number(run.nextAttemptAt) - Number(attempts[0]?.finishedAt);
  expect(waitMs).toBeGreaterThanOrEqual(59_000);
  await requestCancel(fixture.db, runId);
  expect((await getRunStory(fixture.db, runId)).run.nextAttemptAt).toBeUndefined();
});

test('rescue, a cancel and a forced cancel finish the attempt in the same statement', async () => {
  const [stalled, unwanted] = [await pendingRun(), await pendingRun()];
  await claim(stalled, 1, 0);
  await rescueExpiredLeases(fixture.db, 100);
  expect(await outcomes(stalled)).toEqual(['1 runner-1 failed']);
  expect((await getRunStory(fixture.db, stalled)).attempts[0]?.failure?.code).toBe('stalled');
  await claim(unwanted, 1);
  await requestCancel(fixture.db, unwanted);
  expect(await outcomes(unwanted)).toEqual(['1 runner-1 under way']);
  await forceCancel(fixture.db, { runId: unwanted, attempt: 1 });
  expect(await outcomes(unwanted)).toEqual(['1 runner-1 cancelled']);
});

test('the database refuses a second running attempt, and a failed one without a failure', async () => {
  const runId = await pendingRun();
  await claim(runId, 1);
  const insert = `INSERT INTO run_attempts (run_id, attempt, runner_id, started_at, finished_at, outcome)`;
  await expect(
    fixture.db.pool.query(`${insert} VALUES ($1, 2, 'x', now(), NULL, NULL)`, [runId]),
  ).rejects.toThrow('run_attempts_one_open');
  await expect(
    fixture.db.pool.query(`${insert} VALUES ($1, 2, 'x', now(), now(), 'failed')`, [runId]),
  ).rejects.toThrow('run_attempts_failed_iff_failure');
});

test('a run’s overrides win over its pipeline’s config', async () => {
  const runId = await pendingRun({ max_retries: 0, retry_delay_seconds: 0.5, timeout_seconds: 7 });
  expect((await getRunStory(fixture.db, runId)).run.maxAttempts).toBe(1);
  expect(await claim(runId, 1)).toMatchObject({ retry_delay_seconds: 0.5, timeout_seconds: 7 });
});
