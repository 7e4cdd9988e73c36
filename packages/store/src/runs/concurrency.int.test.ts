import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConflictError } from '@rat/domain';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  claimRun,
  createRun,
  getRun,
  putPipeline,
  requestCancel,
  settleAttempt,
  takeNextTickets,
  takeOverdueTickets,
  type CreatedRun,
} from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const OWNER = { runnerId: 'runner-a', leaseMs: 10_000 };

interface Line {
  create: (priority?: number) => Promise<CreatedRun>;
  createKeyed: (key: string) => Promise<CreatedRun>;
  claim: (runId: string, attempt?: number) => Promise<boolean>;
  end: (runId: string, attempt?: number) => Promise<void>;
}

let pipelines = 0;

/** A new pipeline with these concurrency rules. */
async function openLine(concurrency?: object): Promise<Line> {
  pipelines += 1;
  const pipeline = { ...ORDERS, name: `line_${pipelines}` };
  await putPipeline(fixture.db, pipeline, {
    sql: 'SELECT 1 AS n',
    config: { concurrency },
    qualityTests: [],
    contentHash: 'a',
  });
  return {
    create: (priority) =>
      createRun(fixture.db, { pipeline, trigger: { kind: 'manual' }, priority }),
    createKeyed: (key) =>
      createRun(fixture.db, {
        pipeline,
        trigger: { kind: 'manual' },
        idempotency: { key, request: {}, keepMs: 60_000 },
      }),
    claim: async (runId, attempt = 1) =>
      (await claimRun(fixture.db, { runId, attempt }, OWNER)) !== undefined,
    end: async (runId, attempt = 1) => {
      const failure = { code: 'sql_error', message: 'x' } as const;
      await settleAttempt(fixture.db, { runId, attempt }, { kind: 'fail', failure }, []);
    },
  };
}

describe('the runs of one pipeline', () => {
  test('the runs of a pipeline run one at a time by default, even under concurrent claims', async () => {
    const line = await openLine();
    const runs = await Promise.all(Array.from({ length: 12 }, () => line.create()));
    const claims = await Promise.all(runs.map((run) => line.claim(run.id)));
    expect(claims.filter(Boolean).length).toBeLessThanOrEqual(1);
    const left = await Promise.all(runs.map((run) => getRun(fixture.db, run.id)));
    expect(left.filter((run) => run.status === 'running').length).toBeLessThanOrEqual(1);
  });

  test('the runs of a pipeline run up to its limit at once, each in its own slot', async () => {
    const line = await openLine({ limit: 3 });
    const runs = [await line.create(), await line.create(), await line.create()];
    const late = await line.create();
    const claims = await Promise.all(runs.map((run) => line.claim(run.id)));
    expect(claims).toEqual([true, true, true]);
    expect(await line.claim(late.id)).toBe(false);
    await line.end(runs[1]?.id ?? '');
    expect(await line.claim(late.id)).toBe(true);
  });

  test('the database refuses two runs of a pipeline in one slot', async () => {
    const line = await openLine({ limit: 2 });
    const [one, two] = [await line.create(), await line.create()];
    await line.claim(one.id);
    await line.claim(two.id);
    await expect(
      fixture.db.pool.query('UPDATE runs SET slot = 1 WHERE id = ANY($1)', [[one.id, two.id]]),
    ).rejects.toThrow('runs_pipeline_slot');
  });

  test('the runs of a pipeline start by priority, then in the order of their creation', async () => {
    const line = await openLine();
    const running = await line.create();
    await line.claim(running.id);
    const [first, second, urgent, idle] = [
      await line.create(),
      await line.create(),
      await line.create(100),
      await line.create(-100),
    ];
    for (const run of [first, second, urgent, idle]) expect(await line.claim(run.id)).toBe(false);
    await line.end(running.id);
    for (const next of [urgent, first, second, idle]) {
      const others = [urgent, first, second, idle].filter((one) => one !== next);
      const before = await Promise.all(others.map((one) => line.claim(one.id)));
      expect(before).toEqual([false, false, false]);
      expect(await line.claim(next.id)).toBe(true);
      await line.end(next.id);
    }
  });

  test('each freed slot gives one waiting run its ticket, once', async () => {
    const line = await openLine();
    const [running, second, third] = [
      await line.create(),
      await line.create(),
      await line.create(),
    ];
    await line.claim(running.id);
    expect(await line.claim(second.id)).toBe(false);
    expect(await line.claim(third.id)).toBe(false);
    expect(await takeNextTickets(fixture.db, running.id)).toEqual([]);
    await line.end(running.id);
    const asked = await Promise.all([
      takeNextTickets(fixture.db, running.id),
      takeNextTickets(fixture.db, running.id),
    ]);
    expect(asked.flat()).toMatchObject([{ runId: second.id, attempt: 1, priority: 0 }]);
    await requestCancel(fixture.db, second.id);
    expect(await takeNextTickets(fixture.db, second.id)).toMatchObject([{ runId: third.id }]);
  });

  test('a waiting run is not missed when the slot is freed while its claim is turned away', async () => {
    const line = await openLine();
    let running = await line.create();
    await line.claim(running.id);
    for (let turn = 0; turn < 30; turn += 1) {
      const next = await line.create();
      const release = async (): Promise<string[]> => {
        await line.end(running.id);
        return (await takeNextTickets(fixture.db, running.id)).map((one) => one.runId);
      };
      const [won, ticketed] = await Promise.all([line.claim(next.id), release()]);
      // The run is running, or it has a ticket.
      expect(won || ticketed.includes(next.id)).toBe(true);
      if (!won) expect(await line.claim(next.id)).toBe(true);
      running = next;
    }
  });

  test('a run whose retry waits lets the next run of its pipeline start', async () => {
    const line = await openLine();
    const [first, second] = [await line.create(), await line.create()];
    await line.claim(first.id);
    const failure = { code: 'internal', message: 'x' } as const;
    const retry = { kind: 'retry', failure, delayMs: 60_000 } as const;
    await settleAttempt(fixture.db, { runId: first.id, attempt: 1 }, retry, []);
    expect(await line.claim(second.id)).toBe(true);
  });

  test('overdue tickets are taken for the heads of the lines only', async () => {
    const line = await openLine({ limit: 2 });
    const runs: CreatedRun[] = [];
    for (let n = 0; n < 6; n += 1) runs.push(await line.create());
    await fixture.db.pool.query(
      `UPDATE runs SET enqueued_at = now() - interval '5 s' WHERE id = ANY($1)`,
      [runs.map((run) => run.id)],
    );
    const due = await takeOverdueTickets(fixture.db, { olderThanMs: 4_000, limit: 500 });
    const mine = due.filter((one) => runs.some((run) => run.id === one.runId));
    expect(mine.map((one) => one.runId).toSorted()).toEqual(
      runs
        .slice(0, 2)
        .map((run) => run.id)
        .toSorted(),
    );
  });
});

describe('one run too many', () => {
  test('a run beyond the limit is refused with the id of the active run when the pipeline skips', async () => {
    const line = await openLine({ on_conflict: 'skip' });
    const running = await line.create();
    await line.claim(running.id);
    const refused = line.create();
    await expect(refused).rejects.toThrow(ConflictError);
    await expect(refused).rejects.toMatchObject({ runId: running.id });
    await line.end(running.id);
    await expect(line.create()).resolves.toBeDefined();
  });

  test('concurrent requests create one run when the pipeline skips', async () => {
    const line = await openLine({ on_conflict: 'skip' });
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => line.create()));
    expect(asked.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  });

  test('a request that the limit refuses does not use its key up', async () => {
    const line = await openLine({ on_conflict: 'skip' });
    const running = await line.create();
    await expect(line.createKeyed('nightly')).rejects.toThrow(`run ${running.id} is active`);
    await requestCancel(fixture.db, running.id);
    const created = await line.createKeyed('nightly');
    expect(created.kind).toBe('created');
    expect(await line.createKeyed('nightly')).toEqual({ kind: 'replayed', id: created.id });
  });

  test('a run beyond the limit replaces the older runs when the pipeline replaces', async () => {
    const line = await openLine({ on_conflict: 'replace' });
    const running = await line.create();
    await line.claim(running.id);
    const waiting = await line.create();
    expect(waiting).toMatchObject({ replaced: [{ runId: running.id, status: 'running' }] });
    const newest = await line.create();
    // The cancel of the running one was requested before.
    expect(newest).toMatchObject({ replaced: [{ runId: waiting.id, status: 'cancelled' }] });
    expect((await getRun(fixture.db, waiting.id)).status).toBe('cancelled');
    await line.end(running.id);
    expect((await getRun(fixture.db, running.id)).status).toBe('cancelled');
    expect(await line.claim(newest.id)).toBe(true);
  });
});
