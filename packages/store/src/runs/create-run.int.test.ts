import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConflictError, NotFoundError } from '@rat/domain';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { createRun } from './create-run.ts';
import type { RunRequest } from './run-request.ts';
import { putPipeline } from '../pipelines/put-pipeline.ts';

const ONE_AT_A_TIME = { ...ORDERS, name: 'one_at_a_time' };
const manual = (more: Partial<RunRequest> = {}): RunRequest => ({
  pipeline: ORDERS,
  trigger: { kind: 'manual' },
  ...more,
});
const labelled = (label: string): RunRequest => manual({ trigger: { kind: 'api', label } });

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
  await putPipeline(fixture.db, ONE_AT_A_TIME, {
    sql: 'SELECT 1 AS n',
    config: { concurrency: { limit: 1, on_conflict: 'skip' } },
    qualityTests: [],
    contentHash: 'one',
  });
});
afterAll(() => fixture.close());

interface Stored {
  id: string;
  trigger: string;
  transaction: string;
  events: number;
}

async function stored(ids: string[]): Promise<Stored[]> {
  const { rows } = await fixture.db.pool.query<Stored>(
    `SELECT id::text, trigger, xmin::text AS transaction,
       (SELECT count(*)::int FROM run_events e WHERE e.run_id = r.id AND e.seq = 1) AS events
     FROM runs r WHERE id = ANY($1::uuid[]) ORDER BY created_at, id`,
    [ids],
  );
  return rows;
}

test('runs that are requested in one tick are inserted together, in their order, each with its first event', async () => {
  const labels = Array.from({ length: 120 }, (_, n) => `t${n}`);
  const created = await Promise.all(labels.map((label) => createRun(fixture.db, labelled(label))));
  const rows = await stored(created.map(({ id }) => id));
  expect(rows.map(({ id }) => id)).toEqual(created.map(({ id }) => id));
  expect(rows.map(({ trigger }) => trigger)).toEqual(labels);
  expect(rows.every(({ events }) => events === 1)).toBe(true);
  expect(new Set(rows.map(({ transaction }) => transaction)).size).toBe(3);
});

test('a request that the database refuses does not fail the others of its batch', async () => {
  const outcomes = await Promise.allSettled([
    createRun(fixture.db, manual()),
    createRun(fixture.db, manual({ priority: 5_000 })),
    createRun(fixture.db, manual({ pipeline: { ...ORDERS, name: 'nobody' } })),
    createRun(fixture.db, labelled('last')),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  expect(outcomes[2]).toMatchObject({ reason: expect.any(NotFoundError) });
  const ids = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
  expect(await stored(ids)).toHaveLength(2);
});

test('a request that the concurrency limit refuses fails alone in its batch', async () => {
  const outcomes = await Promise.allSettled([
    createRun(fixture.db, manual()),
    createRun(fixture.db, manual({ pipeline: ONE_AT_A_TIME })),
    createRun(fixture.db, manual({ pipeline: ONE_AT_A_TIME })),
  ]);
  const [, ...ofOne] = outcomes;
  expect(outcomes[0]?.status).toBe('fulfilled');
  const made = ofOne.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
  expect(made).toHaveLength(1);
  expect(ofOne.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: expect.any(ConflictError),
  });
  expect(await stored(made)).toHaveLength(1);
});

test('a request that waits for a lock does not delay requests of another tick', async () => {
  const { id: original } = await createRun(fixture.db, manual());
  const client = await fixture.db.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM runs WHERE id = $1 FOR UPDATE', [original]);
    const again = createRun(fixture.db, manual({ rerunOf: original }));
    await Promise.all([createRun(fixture.db, manual()), nextTurn()]);
    await client.query('ROLLBACK');
    expect((await again).id).toBeDefined();
  } finally {
    client.release();
  }
});
