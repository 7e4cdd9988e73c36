import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { readChangeHorizon, type ChangeCursor } from '../run-stream/read-status-changes.ts';
import { claimRun } from '../runs/claim-run.ts';
import { completeRun } from '../runs/complete-run.ts';
import { createRun } from '../runs/create-run.ts';
import { requestCancel } from '../runs/request-cancel.ts';
import { rescueExpiredLeases } from '../runs/rescue.ts';
import { settleAttempt } from '../runs/settle-attempt.ts';
import { registerRunner } from '../runners/runners.ts';
import { readInstallation } from './read-installation.ts';
import { readRunMoves, type RunMove } from './read-run-moves.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStoreFixture();
});
afterAll(() => store.close());

let start: ChangeCursor;
beforeEach(async () => {
  start = (await readChangeHorizon(store.db)).now;
});

async function create(): Promise<string> {
  return (await createRun(store.db, { pipeline: ORDERS, trigger: { kind: 'manual' } })).id;
}

async function claim(runId: string, attempt = 1, leaseMs = 60_000): Promise<void> {
  const by = { runnerId: 'one', leaseMs };
  if ((await claimRun(store.db, { runId, attempt }, by)) === undefined) throw new Error('no claim');
}

/** The first `count` changes after the start of the test, once no older transaction is open. */
async function moves(count: number): Promise<RunMove[]> {
  return eventually(`${count} changes`, async () => {
    const read = await readRunMoves(store.db, { after: start, limit: 100 });
    return read.length >= count && read;
  });
}

const FAILURE = { code: 'storage_unavailable', message: 'no storage' } as const;

describe('readRunMoves', () => {
  test('the changes of a run arrive once each, with the facts of their own step', async () => {
    const runId = await create();
    await claim(runId);
    const end = { stoppedAt: performance.now(), phase: 'write' } as const;
    await settleAttempt(
      store.db,
      { runId, attempt: 1 },
      { kind: 'retry', failure: FAILURE, delayMs: 0, end },
      [],
    );
    await claim(runId, 2);
    const phases = [
      { name: 'build', status: 'success', started_at: '2026-01-01T00:00:00Z', duration_ms: 5 },
    ] as const;
    await completeRun(store.db, { runId, attempt: 2 }, { quality: [], end }, phases);
    const read = await moves(5);
    expect(read).toMatchObject([
      { status: 'pending', isNew: true, attempt: undefined, end: undefined },
      { status: 'running', isNew: false, waitedMs: expect.any(Number) },
      {
        status: 'pending',
        isNew: false,
        attempt: { outcome: 'failed', code: 'storage_unavailable' },
      },
      { status: 'running', waitedMs: undefined },
      {
        status: 'success',
        layer: 'silver',
        attempt: { outcome: 'success', code: undefined },
        end: { phases, code: undefined, durationMs: expect.any(Number), cancelMs: undefined },
      },
    ]);
    const last = read.at(-1)?.cursor ?? start;
    expect(await readRunMoves(store.db, { after: last, limit: 100 })).toEqual([]);
  });

  test('the cancel of a waiting run does not count its earlier attempt again', async () => {
    const runId = await create();
    await claim(runId);
    const settlement = { kind: 'retry', failure: FAILURE, delayMs: 60_000 } as const;
    await settleAttempt(store.db, { runId, attempt: 1 }, settlement, []);
    // A later transaction has a later time, to the millisecond.
    await eventually('the next millisecond', async () => {
      const { rows } = await store.db.pool.query<{ later: boolean }>(
        `SELECT now()::timestamptz(3) > max(at) AS later FROM run_events WHERE run_id = $1`,
        [runId],
      );
      return rows[0]?.later;
    });
    await requestCancel(store.db, runId, {});
    const read = await moves(4);
    expect(read.map(({ attempt }) => attempt?.outcome)).toEqual([
      undefined,
      undefined,
      'failed',
      undefined,
    ]);
    expect(read[3]).toMatchObject({ status: 'cancelled', end: { cancelMs: undefined } });
  });

  test('a run of a dead runner is a lost lease, and a cancelled attempt has a latency', async () => {
    const lost = await create();
    await claim(lost, 1, -1);
    await rescueExpiredLeases(store.db, 10);
    const cancelled = await create();
    await claim(cancelled);
    await requestCancel(store.db, cancelled, {});
    const end = { stoppedAt: performance.now(), phase: 'write' } as const;
    await settleAttempt(store.db, { runId: cancelled, attempt: 1 }, { kind: 'cancel', end }, []);
    const read = await moves(6);
    expect(read.map(({ attempt }) => attempt).filter((one) => one !== undefined)).toEqual([
      { outcome: 'failed', code: 'stalled' },
      { outcome: 'cancelled', code: undefined },
    ]);
    expect(read.at(-1)?.end?.cancelMs).toBeGreaterThanOrEqual(0);
  });
});

describe('readInstallation', () => {
  test('it shows waiting runs by pool, runners, slots and leases that have expired', async () => {
    const before = await readInstallation(store.db);
    await registerRunner(store.db, {
      id: 'one',
      host: 'here',
      pid: 1,
      slots: 3,
      version: '1',
      pools: ['default'],
      endpoint: { url: 'http://127.0.0.1:1', key: 'k' },
    });
    await create();
    const running = await create();
    await claim(running, 1, -1);
    const state = await readInstallation(store.db);
    expect(state.runners).toEqual({ active: 1, draining: 0, slots: 3 });
    expect(state.running).toBe(before.running + 1);
    expect(state.overdueLeases).toBe(before.overdueLeases + 1);
    expect(state.overdueScheduleMs).toBe(0);
    const waiting = (queues: typeof state.queues): number =>
      queues.reduce((sum, { ready, blocked, delayed }) => sum + ready + blocked + delayed, 0);
    expect(waiting(state.queues)).toBe(waiting(before.queues) + 1);
    expect(state.queues[0]).toMatchObject({ pool: 'default', oldestMs: expect.any(Number) });
    expect(state.runs).toContainEqual({
      status: 'running',
      layer: 'silver',
      runs: state.running,
    });
  });
});
