import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  appendEvents,
  claimRun,
  commitBranch,
  createRun,
  extendLeases,
  findRunsToCleanUp,
  findTables,
  forceCancel,
  markCleanedUp,
  getRun,
  publishRun,
  readEvents,
  requestCancel,
  rescueExpiredLeases,
  settleAttempt,
  takeOverdueTickets,
  type ClaimedRun,
  type NewRunEvent,
  type PublishAnswer,
} from '../index.ts';
import type { PublishedSnapshot } from './publish-run.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const OWNER = { runnerId: 'runner-a', leaseMs: 10_000 };

/** Publishes an invented state of the table on top of its current one. */
async function publish(
  runId: string,
  attempt = 1,
  over?: Partial<PublishedSnapshot>,
): Promise<PublishAnswer> {
  const found = await findTables(fixture.db, [ORDERS]);
  const publication: PublishedSnapshot = {
    move: { table: ORDERS, expected: found.get(NAME), next: location(runId) },
    snapshotId: '7630481471073686895',
    inputSnapshots: { 'default.bronze.raw': '12' },
    rowsWritten: 7,
    rowsDeleted: 0,
    rowsTotal: 7,
    ...over,
  };
  return publishRun(fixture.db, { runId, attempt }, publication, []);
}

const NAME = 'default.silver.orders';

function location(runId: string): string {
  return `file:///warehouse/${runId}.metadata.json`;
}

async function published(): Promise<string | undefined> {
  return (await findTables(fixture.db, [ORDERS])).get(NAME);
}

async function pendingRun(): Promise<string> {
  const created = await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
  return created.id;
}

async function runningRun(leaseMs = OWNER.leaseMs): Promise<ClaimedRun> {
  const runId = await pendingRun();
  const claimed = await claimRun(fixture.db, { runId, attempt: 1 }, { ...OWNER, leaseMs });
  if (claimed === undefined) throw new Error('the claim of a fresh run was lost');
  return claimed;
}

function line(message: string): NewRunEvent {
  return { kind: 'log', at: new Date(), phase: 'write', level: 'info', message };
}

function statuses(events: Awaited<ReturnType<typeof readEvents>>): unknown[] {
  return events
    .filter((event) => event.kind === 'status')
    .map((event) => (event.payload as { status: string }).status);
}

async function stream(runId: string): ReturnType<typeof readEvents> {
  return readEvents(fixture.db, { runId, afterSeq: 0, limit: 1_000 });
}

describe('a claim', () => {
  test('a claim is won by exactly one of eight runners, for each of forty runs', async () => {
    const runs = await Promise.all(Array.from({ length: 40 }, pendingRun));
    const wins = await Promise.all(
      runs.map(async (runId) => {
        const claims = await Promise.all(
          Array.from({ length: 8 }, (_, n) =>
            claimRun(fixture.db, { runId, attempt: 1 }, { ...OWNER, runnerId: `runner-${n}` }),
          ),
        );
        return claims.filter((claim) => claim !== undefined).length;
      }),
    );
    expect(wins).toEqual(Array.from({ length: 40 }, () => 1));
  });

  test('a claim returns the version that was current when the run was created', async () => {
    const { putPipeline } = await import('../pipelines/put-pipeline.ts');
    const ref = { ...ORDERS, name: 'pinned' };
    const content = { config: {}, qualityTests: [] };
    await putPipeline(fixture.db, ref, { ...content, sql: 'SELECT 1 AS old', contentHash: 'a' });
    const { id } = await createRun(fixture.db, { pipeline: ref, trigger: { kind: 'manual' } });
    await putPipeline(fixture.db, ref, { ...content, sql: 'SELECT 2 AS new', contentHash: 'b' });
    const claimed = await claimRun(fixture.db, { runId: id, attempt: 1 }, OWNER);
    expect(claimed?.sql).toBe('SELECT 1 AS old');
  });

  test('a claim returns whether the run replaces its table, in every attempt', async () => {
    const { id: runId } = await createRun(fixture.db, {
      pipeline: ORDERS,
      trigger: { kind: 'manual' },
      fullRefresh: true,
    });
    const first = await claimRun(fixture.db, { runId, attempt: 1 }, OWNER);
    const backToQueue = { kind: 'interrupt' } as const;
    await settleAttempt(fixture.db, { runId, attempt: 1 }, backToQueue, []);
    const second = await claimRun(fixture.db, { runId, attempt: 2 }, OWNER);
    expect([first?.fullRefresh, second?.fullRefresh]).toEqual([true, true]);
    expect((await getRun(fixture.db, runId)).fullRefresh).toBe(true);
    expect((await runningRun()).fullRefresh).toBe(false);
  });

  test('a claim returns the stored start of the attempt', async () => {
    // Of many runs: truncation and rounding differ only half of the time.
    for (let n = 0; n < 20; n += 1) {
      const { id, claimedAt } = await runningRun();
      expect((await getRun(fixture.db, id)).startedAt).toEqual(claimedAt);
    }
  });

  test('a claim of a cancelled run, a running run or a wrong attempt is lost', async () => {
    const cancelled = await pendingRun();
    await requestCancel(fixture.db, cancelled);
    const running = await runningRun();
    const tickets = [
      { runId: cancelled, attempt: 1 },
      { runId: running.id, attempt: 2 },
      { runId: await pendingRun(), attempt: 2 },
    ];
    for (const ticket of tickets) expect(await claimRun(fixture.db, ticket, OWNER)).toBeUndefined();
  });
});

describe('the stream', () => {
  test('a stream is gapless and ordered when an attempt and a cancel write to it at once', async () => {
    const run = await runningRun();
    let appended = 0;
    const writing = (async () => {
      for (let batch = 0; batch < 20; batch += 1) {
        const lines = Array.from({ length: 7 }, (_, n) => line(`${batch}-${n}`));
        const held = { runId: run.id, attempt: 1, alreadyAppended: appended };
        await appendEvents(fixture.db, held, lines);
        appended += lines.length;
      }
    })();
    await Promise.all([writing, requestCancel(fixture.db, run.id)]);
    await settleAttempt(fixture.db, { runId: run.id, attempt: 1 }, { kind: 'cancel' }, []);
    const events = await stream(run.id);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter((event) => event.message?.includes('-'))).toHaveLength(140);
    expect((await getRun(fixture.db, run.id)).lastSeq).toBe(events.length);
  });

  test('a stream stores a batch once when its append is repeated', async () => {
    const run = await runningRun();
    const held = { runId: run.id, attempt: 1, alreadyAppended: 0 };
    const first = await appendEvents(fixture.db, held, [line('a'), line('b')]);
    const again = await appendEvents(fixture.db, held, [line('a'), line('b')]);
    expect(again).toEqual(first);
    expect((await stream(run.id)).filter((event) => event.kind === 'log')).toHaveLength(2);
  });

  test('a stream refuses lines of an attempt that is no longer the running one', async () => {
    const run = await runningRun();
    const held = { runId: run.id, attempt: 1, alreadyAppended: 0 };
    await settleAttempt(fixture.db, held, { kind: 'interrupt' }, []);
    await claimRun(fixture.db, { runId: run.id, attempt: 2 }, OWNER);
    expect(await appendEvents(fixture.db, held, [line('ghost')])).toEqual({ kind: 'fenced' });
    expect((await stream(run.id)).some((event) => event.message === 'ghost')).toBe(false);
  });
});

describe('a settlement', () => {
  test('a success publishes the table and ends the run in one transaction', async () => {
    const run = await runningRun();
    const answer = await publish(run.id);
    expect(answer).toMatchObject({ kind: 'settled', status: 'success' });
    const after = await getRun(fixture.db, run.id);
    expect(after).toMatchObject({ status: 'success', rowsWritten: 7, error: undefined });
    expect(after.durationMs).toBe(Number(after.finishedAt) - Number(after.startedAt));
    expect(after).toMatchObject({
      rowsTotal: 7,
      inputSnapshots: { 'default.bronze.raw': '12' },
      outputSnapshotId: '7630481471073686895',
    });
    expect(await published()).toBe(location(run.id));
    expect(statuses(await stream(run.id))).toEqual(['pending', 'running', 'success']);
  });

  test.each(['succeed', 'fail', 'retry', 'interrupt'] as const)(
    'a settlement by %s ends as a cancel and publishes nothing once a cancel was requested',
    async (kind) => {
      const run = await runningRun();
      expect(await requestCancel(fixture.db, run.id)).toMatchObject({ kind: 'requested' });
      const failure = { code: 'internal', message: 'x' } as const;
      const settlements = {
        fail: { kind: 'fail', failure },
        retry: { kind: 'retry', failure, delayMs: 1 },
        interrupt: { kind: 'interrupt' },
      } as const;
      const held = { runId: run.id, attempt: 1 };
      const answer =
        kind === 'succeed'
          ? await publish(run.id)
          : await settleAttempt(fixture.db, held, settlements[kind], []);
      expect(answer).toMatchObject({ kind: 'settled', status: 'cancelled' });
      expect(await published()).not.toBe(location(run.id));
    },
  );

  test('a success writes nothing when another writer moved the table', async () => {
    const run = await runningRun();
    const move = {
      table: ORDERS,
      expected: 'file:///elsewhere.metadata.json',
      next: location(run.id),
    };
    expect(await publish(run.id, 1, { move })).toEqual({ kind: 'conflict' });
    expect(await getRun(fixture.db, run.id)).toMatchObject({
      status: 'running',
      rowsWritten: undefined,
    });
    expect(await published()).not.toBe(location(run.id));
    expect(statuses(await stream(run.id))).toEqual(['pending', 'running']);
  });

  test('a new table is created by exactly one of two concurrent runs', async () => {
    const table = { ...ORDERS, name: 'contested' };
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const run = await runningRun();
        const move = { table, expected: undefined, next: location(run.id) };
        return (await publish(run.id, 1, { move })).kind;
      }),
    );
    expect(answers.toSorted()).toEqual(['conflict', 'conflict', 'conflict', 'settled']);
  });

  test('a settlement of a stale attempt changes nothing', async () => {
    const run = await runningRun();
    const held = { runId: run.id, attempt: 1 };
    await settleAttempt(fixture.db, held, { kind: 'interrupt' }, []);
    await claimRun(fixture.db, { runId: run.id, attempt: 2 }, OWNER);
    expect(await publish(run.id)).toEqual({ kind: 'fenced' });
    const move = { table: ORDERS, expected: await published(), next: location(run.id) };
    expect(await commitBranch(fixture.db, held, move)).toBe('fenced');
    expect(await published()).not.toBe(location(run.id));
    expect(await getRun(fixture.db, run.id)).toMatchObject({ status: 'running', attempt: 2 });
  });

  test('a failed run shows the code, the place and the message of its failure', async () => {
    const run = await runningRun();
    const failure = {
      code: 'sql_error',
      message: 'no such column',
      phase: 'write',
      line: 3,
      column: 8,
    } as const;
    await settleAttempt(fixture.db, { runId: run.id, attempt: 1 }, { kind: 'fail', failure }, []);
    expect(await getRun(fixture.db, run.id)).toMatchObject({
      status: 'failed',
      error: 'no such column',
      failure: { code: 'sql_error', phase: 'write', line: 3, column: 8 },
      rowsWritten: undefined,
    });
  });

  test('characters that Postgres cannot store are replaced in failures and log lines', async () => {
    const run = await runningRun();
    const broken = `a\0b${'😀'.slice(0, 1)}`;
    const held = { runId: run.id, attempt: 1, alreadyAppended: 0 };
    await appendEvents(fixture.db, held, [line(broken)]);
    const failure = { code: 'sql_error', message: broken, statement: broken } as const;
    await settleAttempt(fixture.db, held, { kind: 'fail', failure }, []);
    const mended = 'a\uFFFDb\uFFFD';
    const after = await getRun(fixture.db, run.id);
    expect([after.error, after.failure?.statement]).toEqual([mended, mended]);
    expect((await stream(run.id)).some((event) => event.message === mended)).toBe(true);
  });

  test('a retry cannot be claimed before its delay has passed', async () => {
    const run = await runningRun();
    const failure = { code: 'internal', message: 'x' } as const;
    const settlement = { kind: 'retry', failure, delayMs: 60_000 } as const;
    await settleAttempt(fixture.db, { runId: run.id, attempt: 1 }, settlement, []);
    expect(await getRun(fixture.db, run.id)).toMatchObject({ status: 'pending', error: undefined });
    expect(await claimRun(fixture.db, { runId: run.id, attempt: 2 }, OWNER)).toBeUndefined();
  });
});

describe('a cancel', () => {
  test('a cancel that races a success ends in one of the two outcomes', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const run = await runningRun();
        const table = { ...ORDERS, name: `race_${n}` };
        const move = { table, expected: undefined, next: location(run.id) };
        const [cancel] = await Promise.all([
          requestCancel(fixture.db, run.id),
          publish(run.id, 1, { move }),
        ]);
        const after = await getRun(fixture.db, run.id);
        const tables = await findTables(fixture.db, [table]);
        expect(tables.size).toBe(after.status === 'success' ? 1 : 0);
        return `${cancel.kind} ${after.status}`;
      }),
    );
    for (const outcome of outcomes) {
      expect(['requested cancelled', 'refused success']).toContain(outcome);
    }
  });

  test('a forced cancel ends a run, and its runner’s later settlement is fenced', async () => {
    const run = await runningRun();
    await requestCancel(fixture.db, run.id);
    const held = { runId: run.id, attempt: 1 };
    expect(await forceCancel(fixture.db, held)).toMatchObject({ status: 'cancelled' });
    expect(await publish(run.id)).toEqual({ kind: 'fenced' });
  });

  test('a cancel of an unknown run and of an ended run have different answers', async () => {
    const unknown = '01890000-0000-7000-8000-000000000000';
    expect(await requestCancel(fixture.db, unknown)).toEqual({ kind: 'not_found' });
    const runId = await pendingRun();
    await requestCancel(fixture.db, runId);
    const again = await requestCancel(fixture.db, runId);
    expect(again).toEqual({ kind: 'refused', status: 'cancelled' });
  });
});

describe('the rescue', () => {
  test('rescue gives a dead runner’s run its next attempt once, even if several processes look', async () => {
    const run = await runningRun(0);
    const rescued = await Promise.all(
      Array.from({ length: 4 }, () => rescueExpiredLeases(fixture.db, 100)),
    );
    const mine = rescued.flat().filter((one) => one.runId === run.id);
    expect(mine).toMatchObject([{ status: 'pending', attempt: 1 }]);
    expect(await claimRun(fixture.db, { runId: run.id, attempt: 2 }, OWNER)).toBeDefined();
  });

  test('rescue fails a run whose attempts are spent, and cancels one whose cancel was requested', async () => {
    const spent = await runningRun(0);
    await fixture.db.pool.query('UPDATE runs SET max_attempts = 1 WHERE id = $1', [spent.id]);
    const unwanted = await runningRun(0);
    await requestCancel(fixture.db, unwanted.id);
    await rescueExpiredLeases(fixture.db, 100);
    expect(await getRun(fixture.db, spent.id)).toMatchObject({
      status: 'failed',
      failure: { code: 'stalled' },
    });
    expect((await getRun(fixture.db, unwanted.id)).status).toBe('cancelled');
  });

  test('rescue and a forced cancel mark a run for cleanup until its files are deleted', async () => {
    const [stalled, forced, retried] = [
      await runningRun(0),
      await runningRun(),
      await runningRun(0),
    ];
    await fixture.db.pool.query('UPDATE runs SET max_attempts = 1 WHERE id = $1', [stalled.id]);
    await requestCancel(fixture.db, forced.id);
    await forceCancel(fixture.db, { runId: forced.id, attempt: 1 });
    await rescueExpiredLeases(fixture.db, 100);
    const marked = new Map(
      (await findRunsToCleanUp(fixture.db, 1_000)).map(({ runId, table }) => [runId, table]),
    );
    expect(marked.get(stalled.id)).toEqual(ORDERS);
    expect(marked.get(forced.id)).toEqual(ORDERS);
    expect(marked.has(retried.id)).toBe(false);
    await markCleanedUp(fixture.db, forced.id);
    const left = await findRunsToCleanUp(fixture.db, 1_000);
    expect(left.some((one) => one.runId === forced.id)).toBe(false);
  });

  test('rescue does not touch a run whose lease was extended', async () => {
    const run = await runningRun(0);
    const held = [{ runId: run.id, attempt: 1 }];
    expect(await extendLeases(fixture.db, held, 10_000)).toMatchObject([
      { cancelRequested: false },
    ]);
    await rescueExpiredLeases(fixture.db, 100);
    expect((await getRun(fixture.db, run.id)).status).toBe('running');
  });

  test('an overdue ticket is taken once, even if several processes look', async () => {
    const runId = await pendingRun();
    const query = { olderThanMs: 4_000, limit: 500 };
    const fresh = await takeOverdueTickets(fixture.db, query);
    expect(fresh.some((ticket) => ticket.runId === runId)).toBe(false);
    await fixture.db.pool.query(
      `UPDATE runs SET enqueued_at = now() - interval '5 s' WHERE id = $1`,
      [runId],
    );
    const taken = await Promise.all([
      takeOverdueTickets(fixture.db, query),
      takeOverdueTickets(fixture.db, query),
    ]);
    const mine = taken.flat().filter((ticket) => ticket.runId === runId);
    expect(mine).toMatchObject([{ runId, attempt: 1 }]);
  });
});
