import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CancelReceipt } from '@rat/domain';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  appendEvents,
  claimRun,
  completeReceipt,
  confirmStops,
  createRun,
  findRunsToCleanUp,
  forceCancel,
  forgetRunner,
  getRun,
  registerRunner,
  requestCancel,
  rescueExpiredLeases,
  settleAttempt,
  type ExecutionEnd,
} from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const WORDS = { reason: 'wrong month', requestedBy: 'ada' };

async function pending(): Promise<string> {
  return (await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } })).id;
}

async function running(runnerId = 'runner-a', leaseMs = 60_000): Promise<string> {
  const runId = await pending();
  const claimed = await claimRun(fixture.db, { runId, attempt: 1 }, { runnerId, leaseMs });
  expect(claimed).toBeDefined();
  return runId;
}

/** An executor that was interrupted `interruptedMs` ago and stopped `stoppedMs` ago. */
function ended(interruptedMs: number, stoppedMs: number): ExecutionEnd {
  const now = performance.now();
  return { interruptedAt: now - interruptedMs, stoppedAt: now - stoppedMs, phase: 'build' };
}

async function receipt(runId: string): Promise<CancelReceipt | undefined> {
  return (await getRun(fixture.db, runId)).cancel;
}

async function longAgo(runId: string): Promise<void> {
  await fixture.db.pool.query(
    `UPDATE runs SET finished_at = finished_at - interval '1 minute' WHERE id = $1`,
    [runId],
  );
}

describe('the receipt of a cancel', () => {
  test('the receipt of a cancelled pending run is complete at once', async () => {
    const runId = await pending();
    await requestCancel(fixture.db, runId, WORDS);
    const { requestedAt, stoppedAt, ...rest } = (await receipt(runId)) ?? {};
    expect(rest).toEqual({ ...WORDS, interruptedAt: undefined, phase: 'pending' });
    expect(stoppedAt).toEqual(requestedAt);
    expect(stoppedAt).toBeDefined();
  });

  test('a run that is cancelled between two attempts has a complete receipt and is marked for cleanup', async () => {
    const runId = await running('runner-a', 0);
    await rescueExpiredLeases(fixture.db, 100);
    expect(await getRun(fixture.db, runId)).toMatchObject({ status: 'pending', attempt: 1 });
    await requestCancel(fixture.db, runId);
    expect(await receipt(runId)).toMatchObject({ phase: 'pending', requestedBy: undefined });
    const left = await findRunsToCleanUp(fixture.db, 1_000);
    expect(left.map((one) => one.runId)).toContain(runId);
  });

  test('the receipt of a running run has its runner’s times, and none before the request', async () => {
    const runId = await running();
    await requestCancel(fixture.db, runId, WORDS);
    expect(await receipt(runId)).toMatchObject({ stoppedAt: undefined, phase: undefined });
    await fixture.db.pool.query(
      `UPDATE runs SET cancel_requested_at = now() - interval '2 s' WHERE id = $1`,
      [runId],
    );
    const end = ended(1_500, 500);
    await settleAttempt(fixture.db, { runId, attempt: 1 }, { kind: 'cancel', end }, []);
    const stored = await receipt(runId);
    expect(stored).toMatchObject({ ...WORDS, phase: 'build' });
    const took = Number(stored?.stoppedAt) - Number(stored?.interruptedAt);
    expect(Math.abs(took - 1_000)).toBeLessThan(5);

    const early = await running();
    await requestCancel(fixture.db, early);
    const before = ended(90_000, 60_000);
    await settleAttempt(
      fixture.db,
      { runId: early, attempt: 1 },
      { kind: 'cancel', end: before },
      [],
    );
    const { requestedAt, interruptedAt, stoppedAt } = (await receipt(early)) ?? {};
    expect([interruptedAt, stoppedAt]).toEqual([requestedAt, requestedAt]);
  });

  test('the receipt is written for every outcome of the attempt, and shows the first request', async () => {
    const runId = await running();
    await requestCancel(fixture.db, runId, WORDS);
    await requestCancel(fixture.db, runId, { reason: 'me too', requestedBy: 'bob' });
    const failure = { code: 'sql_error', message: 'no such column' } as const;
    const end = { stoppedAt: performance.now(), phase: 'quality' } as const;
    await settleAttempt(fixture.db, { runId, attempt: 1 }, { kind: 'fail', failure, end }, []);
    expect(await getRun(fixture.db, runId)).toMatchObject({
      status: 'cancelled',
      cancel: { ...WORDS, interruptedAt: undefined, phase: 'quality', stoppedAt: expect.any(Date) },
    });
  });

  test('the receipt of a forced cancel is completed by the runner of the cancelled attempt only', async () => {
    const runId = await running();
    const phase = { kind: 'phase', at: new Date(), phase: 'write', payload: {} } as const;
    await appendEvents(fixture.db, { runId, attempt: 1, alreadyAppended: 0 }, [phase]);
    await requestCancel(fixture.db, runId);
    await forceCancel(fixture.db, { runId, attempt: 1 });
    expect(await receipt(runId)).toMatchObject({ stoppedAt: undefined, phase: 'write' });
    const { status, lastSeq, finishedAt } = await getRun(fixture.db, runId);
    expect(await completeReceipt(fixture.db, { runId, attempt: 2 }, ended(9, 1))).toBe(false);
    expect(await receipt(runId)).toMatchObject({ stoppedAt: undefined });
    expect(await completeReceipt(fixture.db, { runId, attempt: 1 }, ended(9, 1))).toBe(true);
    const after = await getRun(fixture.db, runId);
    expect(after).toMatchObject({ status, lastSeq, finishedAt });
    expect(after.cancel?.stoppedAt).toBeDefined();
  });

  test('a run that did not end cancelled never gets a receipt', async () => {
    const runId = await running();
    const failure = { code: 'sql_error', message: 'no such column' } as const;
    await settleAttempt(fixture.db, { runId, attempt: 1 }, { kind: 'fail', failure }, []);
    expect(await completeReceipt(fixture.db, { runId, attempt: 1 }, ended(9, 1))).toBe(false);
    expect((await getRun(fixture.db, runId)).cancel).toBeUndefined();
  });

  test('rescue completes the receipt of a dead runner, and leaves that of a live runner open', async () => {
    const endpoint = { url: 'http://127.0.0.1:1', key: 'k' };
    const runner = {
      id: 'alive',
      host: 'h',
      pid: 1,
      slots: 1,
      endpoint,
      version: '1',
      pools: ['default'],
    };
    await registerRunner(fixture.db, runner);
    const [watched, orphan] = [await running('alive'), await running('nobody')];
    for (const runId of [watched, orphan]) {
      await requestCancel(fixture.db, runId);
      await forceCancel(fixture.db, { runId, attempt: 1 });
    }
    await confirmStops(fixture.db, 100);
    expect(await receipt(orphan)).toMatchObject({ stoppedAt: undefined });
    await longAgo(orphan);
    await fixture.db.pool.query(`UPDATE runners SET started_at = now() - interval '1 hour'`);
    await longAgo(watched);
    await confirmStops(fixture.db, 100);
    expect(await receipt(orphan)).toMatchObject({ stoppedAt: expect.any(Date) });
    expect(await receipt(watched)).toMatchObject({ stoppedAt: undefined });
    await forgetRunner(fixture.db, 'alive');
    await confirmStops(fixture.db, 100);
    expect(await receipt(watched)).toMatchObject({ stoppedAt: expect.any(Date) });
  });
});

describe('the snapshots that an attempt read', () => {
  const inputSnapshots = { 'default.bronze.raw': '12' };
  const failure = { code: 'sql_error', message: 'no such column' } as const;

  test('the snapshots that an attempt read are stored if it failed, was cancelled or is retried', async () => {
    const [failed, cancelled, retried] = [await running(), await running(), await running()];
    const held = (runId: string) => ({ runId, attempt: 1 });
    await settleAttempt(fixture.db, held(failed), { kind: 'fail', failure, inputSnapshots }, []);
    await requestCancel(fixture.db, cancelled);
    await settleAttempt(fixture.db, held(cancelled), { kind: 'fail', failure, inputSnapshots }, []);
    const retry = { kind: 'retry', failure, delayMs: 0, inputSnapshots } as const;
    await settleAttempt(fixture.db, held(retried), retry, []);
    for (const [runId, status] of [
      [failed, 'failed'],
      [cancelled, 'cancelled'],
      [retried, 'pending'],
    ] as const) {
      expect(await getRun(fixture.db, runId)).toMatchObject({ status, inputSnapshots });
    }
  });
});
