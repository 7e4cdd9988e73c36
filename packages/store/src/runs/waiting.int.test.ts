import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { explainWait } from '@rat/domain';
import { ORDERS, openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  claimRun,
  createRun,
  expireRuns,
  getRun,
  getWaitFacts,
  listRunners,
  putPipeline,
  registerRunner,
  requestDrain,
  settleAttempt,
} from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const OWNER = { runnerId: 'runner-a', leaseMs: 60_000 };
const RUNNER = {
  endpoint: { url: 'http://127.0.0.1:1', key: 'k' },
  id: 'runner-a',
  host: 'h',
  pid: 1,
  slots: 1,
  version: '1',
};

let pipelines = 0;

async function newPipeline(config: { pool?: string } = {}): Promise<typeof ORDERS> {
  pipelines += 1;
  const ref = { ...ORDERS, name: `p_${pipelines}` } as unknown as typeof ORDERS;
  const content = { sql: 'SELECT 1 AS n', qualityTests: [], contentHash: 'a' };
  await putPipeline(fixture.db, ref, { ...content, config: { ...config } });
  return ref;
}

async function create(pipeline: typeof ORDERS, expiresInSeconds?: number): Promise<string> {
  return (await createRun(fixture.db, { pipeline, trigger: { kind: 'manual' }, expiresInSeconds }))
    .id;
}

async function past(runId: string): Promise<void> {
  await fixture.db.pool.query(`UPDATE runs SET expires_at = now() - interval '1 s' WHERE id = $1`, [
    runId,
  ]);
}

describe('a run that expires', () => {
  test('an expired run is cancelled once, with a reason, and cannot be claimed', async () => {
    const runId = await create(await newPipeline(), 60);
    expect(await expireRuns(fixture.db, 100)).toEqual([]);
    await past(runId);
    expect(await claimRun(fixture.db, { runId, attempt: 1 }, OWNER)).toBeUndefined();
    const expired = await Promise.all([expireRuns(fixture.db, 100), expireRuns(fixture.db, 100)]);
    expect(expired.flat()).toEqual([{ runId, seq: 2 }]);
    const run = await getRun(fixture.db, runId);
    expect(run.status).toBe('cancelled');
    expect(run.cancel?.reason).toContain('expired');
  });

  test('a run that has started does not expire, not even between its attempts', async () => {
    const runId = await create(await newPipeline(), 60);
    await claimRun(fixture.db, { runId, attempt: 1 }, OWNER);
    await past(runId);
    await settleAttempt(fixture.db, { runId, attempt: 1 }, { kind: 'interrupt' }, []);
    expect(await expireRuns(fixture.db, 100)).toEqual([]);
    expect(await claimRun(fixture.db, { runId, attempt: 2 }, OWNER)).toBeDefined();
  });
});

describe('why a run waits', () => {
  async function codes(runId: string): Promise<string[]> {
    return explainWait(await getWaitFacts(fixture.db, runId)).reasons.map((one) => one.code);
  }

  test('the reasons why a run waits match the stored state', async () => {
    const pool = 'p-one';
    const pipeline = await newPipeline({ pool });
    const [first, second, third] = [
      await create(pipeline),
      await create(pipeline),
      await create(pipeline),
    ];
    expect(await codes(first)).toEqual(['no_live_runner']);
    await registerRunner(fixture.db, { ...RUNNER, id: 'one', pools: [pool], slots: 2 });
    expect(await codes(first)).toEqual(['queued']);
    await claimRun(fixture.db, { runId: first, attempt: 1 }, { ...OWNER, runnerId: 'one' });
    expect(await codes(first)).toEqual([]);
    expect(await codes(second)).toEqual(['pipeline_busy']);
    expect(await codes(third)).toEqual(['pipeline_busy', 'behind_others']);
    const facts = await getWaitFacts(fixture.db, third);
    expect(facts).toMatchObject({
      running: [{ runId: first }],
      ahead: 1,
      firstAhead: second,
      slots: 2,
      slotsUsed: 1,
      usualMs: undefined,
    });
    expect(await listRunners(fixture.db)).toMatchObject([{ id: 'one', runs: [{ id: first }] }]);
    const failure = { code: 'internal', message: 'x' } as const;
    const retry = { kind: 'retry', failure, delayMs: 60_000 } as const;
    await settleAttempt(fixture.db, { runId: first, attempt: 1 }, retry, []);
    expect(await codes(first)).toEqual(['retry_backoff']);
    expect(await codes(second)).toEqual(['queued']);
    await requestDrain(fixture.db, 'one');
    expect(await codes(second)).toEqual(['no_live_runner']);
  });

  test('the usual duration of a run is that of its pipeline’s past runs', async () => {
    const pipeline = await newPipeline();
    const old = [await create(pipeline), await create(pipeline), await create(pipeline)];
    for (const [n, runId] of old.entries()) {
      await claimRun(fixture.db, { runId, attempt: 1 }, OWNER);
      await fixture.db.pool.query(
        `UPDATE runs SET status = 'success', rows_written = 1, finished_at = now(), slot = NULL, lease_expires_at = NULL,
           duration_ms = $2 WHERE id = $1`,
        [runId, [1_000, 60_000, 2_000][n]],
      );
    }
    const facts = await getWaitFacts(fixture.db, await create(pipeline));
    expect(facts.usualMs).toBe(2_000);
  });

  test('the reasons why a run waits are found as fast for a long line as for a short one', async () => {
    const pipeline = await newPipeline();
    const runId = await create(pipeline);
    const copy = `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, max_attempts, created_at)
      SELECT gen_random_uuid(), pipeline_id, pipeline_version_id, namespace, layer, pipeline, 1, created_at - n * interval '1 ms'
      FROM runs, generate_series(1, 20000) n WHERE id = $1`;
    await fixture.db.pool.query(copy, [runId]);
    const facts = await getWaitFacts(fixture.db, runId);
    expect(facts.ahead).toBe(20_000);
    expect(explainWait(facts).position).toBe(20_001);
  });
});
