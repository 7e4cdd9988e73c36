import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import { claimNext, completeRun, createRun, MAINTENANCE_RUN, putPipeline } from '../index.ts';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await openStoreFixture();
});
afterEach(() => fixture.close());

const OWNER = { runnerId: 'r', leaseMs: 60_000 };

async function addPipeline(namespace: string, weight = 1, limit = 1_000): Promise<void> {
  const { db } = fixture;
  const insert = `INSERT INTO namespaces (name, weight) VALUES ($1, $2) ON CONFLICT DO NOTHING`;
  await db.pool.query(insert, [namespace, weight]);
  const config = { concurrency: { limit } };
  const version = { sql: 'SELECT 1', config, qualityTests: [], contentHash: `${limit}` };
  await putPipeline(db, { namespace, layer: 'silver', name: 'p' }, version);
}

async function create(namespace: string, priority = 0): Promise<string> {
  const pipeline = { namespace, layer: 'silver', name: 'p' } as const;
  return (await createRun(fixture.db, { pipeline, trigger: { kind: 'manual' }, priority })).id;
}

async function claim(runId: string, attempt = 1) {
  return claimNext(fixture.db, { runId, attempt, pool: 'default' }, OWNER);
}

async function end(runId: string, attempt = 1): Promise<void> {
  await completeRun(fixture.db, { runId, attempt }, { quality: [] }, []);
}

test('a run of another namespace starts after one turn, although thirty of priority 100 were before it', async () => {
  for (const namespace of ['greedy', 'modest']) await addPipeline(namespace);
  const tickets: string[] = [];
  for (let n = 0; n < 30; n += 1) tickets.push(await create('greedy', 100));
  const modest = await create('modest', -100);
  const order: string[] = [];
  for (const ticket of [...tickets, modest]) order.push((await claim(ticket))?.id ?? 'none');
  expect(order.indexOf(modest)).toBeLessThanOrEqual(1);
  expect(new Set(order)).toEqual(new Set([...tickets, modest]));
});

test('namespaces start runs by their weights while all of them wait', async () => {
  await addPipeline('one', 1);
  await addPipeline('three', 3);
  const tickets: string[] = [];
  for (let n = 0; n < 24; n += 1) tickets.push(await create('one'), await create('three'));
  const first: (string | undefined)[] = [];
  for (const ticket of tickets.slice(0, 24)) first.push((await claim(ticket))?.namespace);
  expect(first.filter((one) => one === 'three')).toHaveLength(18);
});

test('claims at the same moment take different turns and start every run once', async () => {
  for (const namespace of ['a', 'b', 'c']) await addPipeline(namespace);
  const tickets: string[] = [];
  for (const namespace of ['a', 'b', 'c'])
    for (let n = 0; n < 6; n += 1) tickets.push(await create(namespace));
  const claimed = await Promise.all(tickets.map((ticket) => claim(ticket)));
  expect(new Set(claimed.map((run) => run?.id))).toEqual(new Set(tickets));
  const firstNine = claimed
    .toSorted((a, b) => Number(a?.claimedAt) - Number(b?.claimedAt))
    .slice(0, 9)
    .map((run) => run?.namespace);
  for (const namespace of ['a', 'b', 'c'])
    expect(firstNine.filter((one) => one === namespace).length).toBeGreaterThanOrEqual(2);
});

test('within a namespace the run of the highest priority starts first', async () => {
  for (const namespace of ['a', 'b']) await addPipeline(namespace);
  const low = await create('a', -5);
  const high = await create('a', 5);
  await create('b');
  const order = [await claim(low), await claim(low), await claim(low)].map((run) => run?.id);
  expect(order.indexOf(high)).toBeLessThan(order.indexOf(low));
});

test('a ticket whose run has started already starts the next one that waits', async () => {
  await addPipeline('a');
  const [first, second] = [await create('a'), await create('a')];
  expect((await claim(first))?.id).toBe(first);
  expect((await claim(first))?.id).toBe(second);
  expect(await claim(first)).toBeUndefined();
});

test('runs of a pipeline at its limit lose their ticket and do not delay another namespace', async () => {
  await addPipeline('a', 1, 1);
  await addPipeline('b');
  const [running, ...waiting] = [await create('a'), await create('a'), await create('a')];
  expect((await claim(running))?.id).toBe(running);
  const other = await create('b');
  expect((await claim(waiting[0] ?? ''))?.id).toBe(other);
  expect(await claim(waiting[1] ?? '')).toBeUndefined();
  await end(running);
  expect((await claim(waiting[0] ?? ''))?.id).toBe(waiting[0]);
});

test('maintenance of one namespace starts after the pipeline runs of another', async () => {
  for (const namespace of ['a', 'b']) await addPipeline(namespace);
  const pipeline = { namespace: 'a', layer: 'silver', name: 'p' } as const;
  const maintenance = (await createRun(fixture.db, { pipeline, ...MAINTENANCE_RUN })).id;
  const wanted = [await create('b'), await create('b')];
  const order = [];
  for (const ticket of [maintenance, ...wanted]) order.push((await claim(ticket))?.id);
  expect(order).toEqual([...wanted, maintenance]);
});
