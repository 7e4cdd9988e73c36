import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import {
  announceRunner,
  claimNext,
  createRun,
  forgetRunner,
  listSandboxes,
  putPipeline,
  readPools,
  registerRunner,
  requestDrain,
} from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const RUNNER = {
  endpoint: { url: 'http://127.0.0.1:1', key: 'k' },
  host: 'h',
  pid: 1,
  slots: 1,
  version: '1',
  pools: ['default'],
};

test('listSandboxes returns each sandbox of the live runners once, and an empty name for a runner without one', async () => {
  const { db } = fixture;
  await registerRunner(db, { ...RUNNER, id: 'a', sandbox: 'user' });
  await registerRunner(db, { ...RUNNER, id: 'b', sandbox: 'user' });
  await announceRunner(db, { ...RUNNER, id: 'c' });
  expect((await listSandboxes(db)).toSorted()).toEqual(['', 'user']);
  // The same runner restarts in another sandbox.
  await registerRunner(db, { ...RUNNER, id: 'b', sandbox: 'bwrap+user' });
  await forgetRunner(db, 'c');
  expect((await listSandboxes(db)).toSorted()).toEqual(['bwrap+user', 'user']);
});

describe('readPools', () => {
  let own: StoreFixture;
  beforeAll(async () => {
    own = await openStoreFixture();
  });
  afterAll(() => own.close());

  async function poolOf(name: string) {
    return (await readPools(own.db)).find((pool) => pool.name === name);
  }

  test('the pool of pipelines that name none is unserved until a runner takes its runs', async () => {
    expect(await poolOf('default')).toEqual({
      name: 'default',
      runners: 0,
      draining: 0,
      slots: 0,
      slotsUsed: 0,
      waiting: 0,
      oldestWaitingSince: undefined,
      isUnserved: true,
    });
    await registerRunner(own.db, { ...RUNNER, id: 'a', slots: 4, pools: ['default', 'light'] });
    expect(await poolOf('default')).toMatchObject({ runners: 1, slots: 4, isUnserved: false });
    expect(await poolOf('light')).toMatchObject({ runners: 1, slots: 4, isUnserved: false });
  });

  test('a pool has its waiting runs, since the oldest of them was made', async () => {
    const heavy = { ...ORDERS, name: 'heavy' };
    const content = { sql: 'SELECT 1 AS n', config: { pool: 'heavy' }, qualityTests: [] };
    await putPipeline(own.db, heavy, { ...content, contentHash: 'a' });
    expect(await poolOf('heavy')).toMatchObject({ waiting: 0, isUnserved: true });
    const first = await createRun(own.db, { pipeline: heavy, trigger: { kind: 'manual' } });
    await createRun(own.db, { pipeline: heavy, trigger: { kind: 'manual' } });
    const { rows } = await own.db.pool.query('SELECT created_at FROM runs WHERE id = $1', [
      first.id,
    ]);
    expect(await poolOf('heavy')).toMatchObject({
      runners: 0,
      waiting: 2,
      oldestWaitingSince: rows[0]?.['created_at'],
      isUnserved: true,
    });
  });

  test('a runner that drains takes no runs, and a pool that nothing wants is not unserved', async () => {
    await requestDrain(own.db, 'a');
    const drained = { runners: 0, draining: 1, slots: 0, slotsUsed: 0 };
    expect(await poolOf('default')).toMatchObject({ ...drained, isUnserved: true });
    expect(await poolOf('light')).toMatchObject({ ...drained, isUnserved: false });
  });

  test('a run that a runner executes takes a slot of each of its pools', async () => {
    await registerRunner(own.db, { ...RUNNER, id: 'b', slots: 2, pools: ['default', 'light'] });
    const run = await createRun(own.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
    await claimNext(
      own.db,
      { runId: run.id, attempt: 1, pool: 'default' },
      { runnerId: 'b', leaseMs: 60_000 },
    );
    for (const name of ['default', 'light'])
      expect(await poolOf(name)).toMatchObject({ slots: 2, slotsUsed: 1, waiting: 0 });
  });
});
