import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { explainWait, QuotaError, type QuotaName } from '@rat/domain';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  claimNext,
  claimRun,
  completeRun,
  createNamespace,
  createRun,
  findQueryQuota,
  findUploadQuota,
  getQuotaUses,
  getWaitFacts,
  MAINTENANCE_RUN,
  putPipeline,
  requestCancel,
  reserveUpload,
  returnUpload,
  spendQueryTime,
  takeNextTickets,
  takeOverdueTickets,
  updateNamespace,
  type RunRequest,
} from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const OWNER = { runnerId: 'r', leaseMs: 60_000 };
const MANY = { concurrency: { limit: 1_000 } };

let made = 0;
/** A namespace of the test's own, with two pipelines `a` and `b`. */
async function newNamespace(quotas: Partial<Record<QuotaName, number>>, config: object = MANY) {
  made += 1;
  const namespace = `n${made}`;
  await createNamespace(fixture.db, namespace, { quotas });
  const pipeline = (name: string) => ({ namespace, layer: 'silver' as const, name });
  for (const name of ['a', 'b']) {
    const content = { sql: 'SELECT 1 AS n', config, qualityTests: [], contentHash: name };
    await putPipeline(fixture.db, pipeline(name), content);
  }
  const create = async (name = 'a', more: Partial<RunRequest> = {}): Promise<string> => {
    const request = { pipeline: pipeline(name), trigger: { kind: 'manual' as const }, ...more };
    return (await createRun(fixture.db, request)).id;
  };
  const uses = () => getQuotaUses(fixture.db, namespace);
  return { namespace, create, uses };
}

const claim = async (runId: string): Promise<boolean> =>
  (await claimRun(fixture.db, { runId, attempt: 1 }, OWNER)) !== undefined;
const end = (runId: string) => completeRun(fixture.db, { runId, attempt: 1 }, { quality: [] }, []);

describe('the quota of runs in line', () => {
  test('is met exactly by requests at the same moment, with and without an Idempotency-Key', async () => {
    const { create, uses, namespace } = await newNamespace({ runs_in_line: 7 });
    const tries = Array.from({ length: 40 }, (_, n) => {
      const idempotency = { key: `${namespace}-${n}`, request: {}, keepMs: 60_000 };
      return create(n % 3 === 0 ? 'a' : 'b', n % 2 === 0 ? {} : { idempotency });
    });
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
    for (const one of outcomes) {
      if (one.status === 'fulfilled') continue;
      expect(one.reason).toBeInstanceOf(QuotaError);
      const use = { namespace, quota: 'runs_in_line', limit: 7, used: 7, freeAt: undefined };
      expect((one.reason as QuotaError).use).toEqual(use);
    }
    expect(await uses()).toMatchObject({ runs_in_line: 7 });
  });

  test('has a place again when a run starts or is cancelled, and maintenance needs none', async () => {
    const { create, uses } = await newNamespace({ runs_in_line: 2 });
    const [first, second] = [await create(), await create('b')];
    await expect(create()).rejects.toBeInstanceOf(QuotaError);
    await create('a', MAINTENANCE_RUN);
    expect(await uses()).toMatchObject({ runs_in_line: 2, runs_running: 0 });
    expect(await claim(first)).toBe(true);
    await create();
    await expect(create()).rejects.toBeInstanceOf(QuotaError);
    await requestCancel(fixture.db, second, {});
    await create();
    expect(await uses()).toMatchObject({ runs_in_line: 2, runs_running: 1 });
  });

  test('is checked after a newer run has replaced the older ones of its pipeline, and a refusal replaces none', async () => {
    const config = { concurrency: { limit: 1, on_conflict: 'replace' } };
    const { create, uses } = await newNamespace({ runs_in_line: 2 }, config);
    const [a, b] = [await create('a'), await create('b')];
    await create('a');
    expect(await uses()).toMatchObject({ runs_in_line: 2 });
    expect(await claim(b)).toBe(true);
    await create('b');
    // The running run of b would be cancelled, but its place in line is not free.
    await expect(create('b')).resolves.toBeDefined();
    expect(await claim(a)).toBe(false);
    const left = await fixture.db.pool.query<{ cancelling: boolean }>(
      'SELECT cancel_requested_at IS NOT NULL AS cancelling FROM runs WHERE id = $1',
      [b],
    );
    expect(left.rows).toEqual([{ cancelling: true }]);
  });

  test('of one namespace makes no request of another one wait', async () => {
    const limited = await newNamespace({ runs_in_line: 5 });
    const free = await newNamespace({});
    const client = await fixture.db.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock(1380013905, hashtext($1))', [
        limited.namespace,
      ]);
      await client.query('SELECT pg_advisory_xact_lock(1380013905, hashtext($1))', [
        free.namespace,
      ]);
      const waiting = limited.create();
      // Without a quota the lock is never looked at.
      await Promise.all([free.create(), free.create('b')]);
      await client.query('COMMIT');
      await waiting;
    } finally {
      client.release();
    }
  });

  test('can be taken away, and lowered below what is in line', async () => {
    const { create, namespace, uses } = await newNamespace({ runs_in_line: 2 });
    await Promise.all([create(), create()]);
    const change = (most: number | null) =>
      updateNamespace(fixture.db, namespace, { quotas: { runs_in_line: most } });
    expect((await change(1)).quotas).toMatchObject({ runs_in_line: 1, runs_running: undefined });
    await expect(create()).rejects.toMatchObject({ use: { limit: 1, used: 2 } });
    await change(null);
    await create();
    expect(await uses()).toMatchObject({ runs_in_line: 3 });
  });
});

describe('the quota of running runs', () => {
  test('is met exactly by claims at the same moment', async () => {
    const { create, uses } = await newNamespace({ runs_running: 3 });
    const ids = await Promise.all(Array.from({ length: 12 }, (_, n) => create(n % 2 ? 'a' : 'b')));
    const claims = await Promise.all(ids.map(claim));
    expect(claims.filter(Boolean)).toHaveLength(3);
    expect(await uses()).toMatchObject({ runs_running: 3, runs_in_line: 9 });
  });

  test('keeps further runs waiting, and the end of a run brings a ticket to one of another pipeline', async () => {
    const { create, namespace } = await newNamespace({ runs_running: 1 });
    const [first, second] = [await create('a'), await create('b')];
    expect(await claim(first)).toBe(true);
    expect(await claim(second)).toBe(false);
    const { reasons } = explainWait(await getWaitFacts(fixture.db, second));
    expect(reasons).toContainEqual({
      code: 'namespace_busy',
      message: `the namespace ${namespace} runs as many runs as its quota allows (1)`,
      since: undefined,
      namespace,
      limit: 1,
    });
    const overdue = await takeOverdueTickets(fixture.db, { olderThanMs: 0, limit: 500 });
    expect(overdue.map(({ runId }) => runId)).not.toContain(second);
    await end(first);
    const next = await takeNextTickets(fixture.db, first);
    expect(next.map(({ runId }) => runId)).toEqual([second]);
    expect(await claim(second)).toBe(true);
  });

  test('brings no ticket to a run that a request has locked, and waits for none', async () => {
    const { create } = await newNamespace({ runs_running: 1 });
    const [first, second] = [await create('a'), await create('b')];
    expect(await claim(first)).toBe(true);
    await end(first);
    // A request that makes a run locks those in line, and then waits for the lock of the quota.
    const request = await fixture.db.pool.connect();
    try {
      await request.query('BEGIN');
      await request.query('SELECT id FROM runs WHERE id = $1 FOR UPDATE', [second]);
      expect(await takeNextTickets(fixture.db, first)).toEqual([]);
    } finally {
      await request.query('ROLLBACK');
      request.release();
    }
    const next = await takeNextTickets(fixture.db, first);
    expect(next.map(({ runId }) => runId)).toEqual([second]);
  });

  test('gives a free slot to another namespace, and maintenance runs beside it', async () => {
    const full = await newNamespace({ runs_running: 1 });
    const other = await newNamespace({});
    const [running, waiting] = [await full.create('a'), await full.create('b')];
    expect(await claim(running)).toBe(true);
    const theirs = await other.create();
    const turn = await claimNext(
      fixture.db,
      { runId: waiting, attempt: 1, pool: 'default' },
      OWNER,
    );
    expect(turn).not.toMatchObject({ id: waiting });
    expect([theirs, undefined]).toContain(
      turn?.namespace === other.namespace ? turn.id : undefined,
    );
    const upkeep = await full.create('b', MAINTENANCE_RUN);
    expect(await claim(upkeep)).toBe(true);
    expect(await claim(waiting)).toBe(false);
  });
});

describe('the quotas of an hour and of a day', () => {
  test('count query time only where there is a quota, and forget the hour before', async () => {
    const { namespace, uses } = await newNamespace({ query_seconds: 10 });
    const free = await newNamespace({});
    await Promise.all([1_500, 1_500, 250].map((ms) => spendQueryTime(fixture.db, namespace, ms)));
    await spendQueryTime(fixture.db, free.namespace, 1_000);
    expect(await uses()).toMatchObject({ query_seconds: 3.25 });
    expect(await free.uses()).toMatchObject({ query_seconds: 0 });
    expect(await findQueryQuota(fixture.db, free.namespace)).toBeUndefined();
    const quota = await findQueryQuota(fixture.db, namespace);
    expect(quota).toMatchObject({ quota: 'query_seconds', limit: 10, used: 3.25 });
    expect(quota?.freeAt?.getUTCMinutes()).toBe(0);
    await fixture.db.pool.query(
      `UPDATE namespace_usage SET window_start = window_start - interval '1 hour' WHERE namespace = $1`,
      [namespace],
    );
    expect(await uses()).toMatchObject({ query_seconds: 0 });
    await spendQueryTime(fixture.db, namespace, 400);
    expect(await findQueryQuota(fixture.db, namespace)).toMatchObject({ used: 0.4 });
  });

  test('reserve uploads exactly at the same moment, and take back what was not sent', async () => {
    const { namespace, uses } = await newNamespace({ upload_bytes: 100 });
    const windows = await Promise.all(
      Array.from({ length: 20 }, () => reserveUpload(fixture.db, namespace, 15)),
    );
    const [window] = windows.filter((one) => one !== undefined);
    expect(windows.filter((one) => one !== undefined)).toHaveLength(6);
    expect(await uses()).toMatchObject({ upload_bytes: 90 });
    expect(await reserveUpload(fixture.db, namespace, 101)).toBeUndefined();
    expect(await reserveUpload(fixture.db, namespace, 10)).toEqual(window);
    if (window === undefined) throw new Error('six uploads were reserved');
    await returnUpload(fixture.db, namespace, { bytes: 60, window });
    const quota = await findUploadQuota(fixture.db, namespace);
    expect(quota).toMatchObject({ quota: 'upload_bytes', limit: 100, used: 40 });
    expect(quota?.freeAt?.toISOString()).toMatch(/T00:00:00\.000Z$/);
    // Of another day, nothing is given back.
    const yesterday = new Date(window.getTime() - 86_400_000);
    await returnUpload(fixture.db, namespace, { bytes: 40, window: yesterday });
    expect(await uses()).toMatchObject({ upload_bytes: 40 });
  });
});
