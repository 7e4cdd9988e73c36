import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ConflictError, NotFoundError, type PipelineInput, type PipelineRef } from '@rat/domain';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  claimRun,
  commitBranch,
  createNamespace,
  createRun,
  deleteNamespace,
  deletePipelineWithTable,
  dropTable,
  findTables,
  getPipeline,
  getRun,
  listDroppedTables,
  listKeptDrops,
  moveTable,
  noteDropRemoved,
  publishRun,
  putPipeline,
  takeExpiredDrops,
  undropTable,
} from '../index.ts';

const DAY_MS = 86_400_000;
const DROP = { force: false, keepMs: DAY_MS };

let fixture: StoreFixture;
let number = 0;
let table: PipelineRef;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

beforeEach(async () => {
  number += 1;
  table = { namespace: 'default', layer: 'silver', name: `t${number}` };
  await addPipeline(table);
  await moveTable(fixture.db, { table, expected: undefined, next: location(table) });
});

const location = ({ name }: PipelineRef): string => `file:///warehouse/${name}/1.metadata.json`;

async function addPipeline(ref: PipelineRef, inputs: PipelineInput[] = []): Promise<void> {
  const contentHash = JSON.stringify(inputs);
  await putPipeline(fixture.db, ref, {
    sql: 'SELECT 1',
    config: {},
    qualityTests: [],
    contentHash,
    inputs,
  });
}

async function newRun(pipeline: PipelineRef, isClaimed: boolean): Promise<string> {
  const { id } = await createRun(fixture.db, { pipeline, trigger: { kind: 'manual' } });
  if (isClaimed) {
    await claimRun(fixture.db, { runId: id, attempt: 1 }, { runnerId: 'r', leaseMs: 60_000 });
  }
  return id;
}

/** Ends a run of `pipeline` that read these tables. */
async function publish(pipeline: PipelineRef, read: readonly PipelineRef[]): Promise<void> {
  const runId = await newRun(pipeline, true);
  const name = `default.silver.${pipeline.name}`;
  const found = (await findTables(fixture.db, [pipeline])).get(name);
  const published = {
    move: { table: pipeline, expected: found, next: `file:///${runId}` },
    snapshotId: '1',
    inputSnapshots: Object.fromEntries(read.map((one) => [`default.silver.${one.name}`, '7'])),
    rowsWritten: 1,
    rowsDeleted: 0,
    rowsTotal: 1,
  };
  const answer = await publishRun(fixture.db, { runId, attempt: 1 }, published, []);
  expect(answer).toMatchObject({ kind: 'settled', status: 'success' });
}

const inCatalog = async (): Promise<number> => (await findTables(fixture.db, [table])).size;

test('a dropped table leaves the catalog with who dropped it and why, and an undrop brings it back as it was', async () => {
  const { dropped, cancelled } = await dropTable(fixture.db, table, {
    ...DROP,
    reason: 'no longer used',
    requestedBy: 'ada',
  });
  expect(cancelled).toEqual([]);
  expect(dropped).toMatchObject({
    table,
    droppedBy: 'ada',
    reason: 'no longer used',
    forced: false,
    location: location(table),
  });
  expect(dropped.keepUntil.getTime() - dropped.droppedAt.getTime()).toBe(DAY_MS);
  expect(await inCatalog()).toBe(0);
  const page = await listDroppedTables(fixture.db, { limit: 10, offset: 0 });
  expect(page.dropped).toContainEqual(dropped);
  await expect(dropTable(fixture.db, table, DROP)).rejects.toThrow(NotFoundError);

  const restored = await undropTable(fixture.db, table, { requestedBy: 'bob' });
  expect(restored).toMatchObject({ id: dropped.id, table });
  const name = `default.silver.${table.name}`;
  expect((await findTables(fixture.db, [table])).get(name)).toBe(location(table));
  await expect(undropTable(fixture.db, table)).rejects.toThrow(/restored already/);
});

test('a table that was never dropped cannot be restored', async () => {
  await expect(undropTable(fixture.db, table)).rejects.toThrow(NotFoundError);
});

test('a table that the latest run of another pipeline read is dropped only by force', async () => {
  const reader = { ...table, name: `${table.name}_reader` };
  await addPipeline(reader);
  await publish(reader, [table]);
  await expect(dropTable(fixture.db, table, DROP)).rejects.toThrow(
    new RegExp(`default.silver.${reader.name} read it in the latest run`),
  );
  expect(await inCatalog()).toBe(1);
  // Its latest run reads another table, so nothing holds this one any more.
  await publish(reader, []);
  const { dropped } = await dropTable(fixture.db, table, { ...DROP, force: true });
  expect(dropped.forced).toBe(false);
});

test.each(['ref', 'test'] as const)(
  'a table that the current version of another pipeline names as %s is dropped only by force, also before its first run',
  async (kind) => {
    const reader = { ...table, name: `${table.name}_reader` };
    await addPipeline(reader, [{ kind, target: `default.silver.${table.name}` }]);
    await expect(dropTable(fixture.db, table, DROP)).rejects.toThrow(
      new RegExp(`in use: default.silver.${reader.name} refer to it. Drop it with force=true`),
    );
    expect(await inCatalog()).toBe(1);
    // Its next version reads another table, so nothing holds this one any more.
    await addPipeline(reader, [{ kind, target: 'default.silver.other' }]);
    expect((await dropTable(fixture.db, table, DROP)).dropped.forced).toBe(false);
  },
);

test('a pipeline that was deleted does not hold the table that it read', async () => {
  const reader = { ...table, name: `${table.name}_reader` };
  await addPipeline(reader);
  await publish(reader, [table]);
  expect(await deletePipelineWithTable(fixture.db, reader, DROP)).toMatchObject({
    dropped: { table: reader },
  });
  expect((await dropTable(fixture.db, table, DROP)).dropped.table).toEqual(table);
});

test('a drop by force ends the runs of the pipeline, and what they began before can never be published', async () => {
  const running = await newRun(table, true);
  const pending = await newRun(table, false);
  const refused = dropTable(fixture.db, table, DROP);
  await expect(refused).rejects.toThrow(ConflictError);
  await expect(refused).rejects.toThrow(/2 runs of its own pipeline did not end yet/);

  const { dropped, cancelled } = await dropTable(fixture.db, table, { ...DROP, force: true });
  expect(dropped.forced).toBe(true);
  expect(cancelled).toEqual([
    { runId: running, seq: expect.any(Number), status: 'running' },
    { runId: pending, seq: expect.any(Number), status: 'cancelled' },
  ]);
  expect(await getRun(fixture.db, pending)).toMatchObject({ status: 'cancelled' });
  const move = { table, expected: undefined, next: 'file:///again' };
  expect(await commitBranch(fixture.db, { runId: running, attempt: 1 }, move)).toBe('fenced');
  const published = {
    move,
    snapshotId: '2',
    inputSnapshots: {},
    rowsWritten: 1,
    rowsDeleted: 0,
    rowsTotal: 1,
  };
  const answer = await publishRun(fixture.db, { runId: running, attempt: 1 }, published, []);
  expect(answer).toMatchObject({ kind: 'settled', status: 'cancelled' });
  expect(await inCatalog()).toBe(0);
});

test('a new table under the name of a dropped one is kept, and each of the two can be restored by its id', async () => {
  const first = (await dropTable(fixture.db, table, DROP)).dropped;
  await moveTable(fixture.db, { table, expected: undefined, next: 'file:///second' });
  await expect(undropTable(fixture.db, table)).rejects.toThrow(/a run made a new one/);
  expect(await listKeptDrops(fixture.db, table)).toEqual([first]);

  await dropTable(fixture.db, table, DROP);
  expect(await listKeptDrops(fixture.db, table)).toHaveLength(2);
  await undropTable(fixture.db, table, { dropId: first.id });
  const name = `default.silver.${table.name}`;
  expect((await findTables(fixture.db, [table])).get(name)).toBe(first.location);
});

test('a table whose time is over is not restored, and one runner removes its files', async () => {
  const { dropped } = await dropTable(fixture.db, table, { ...DROP, keepMs: -1_000 });
  await expect(undropTable(fixture.db, table)).rejects.toThrow(/its files are gone/);
  const taken = await Promise.all([
    takeExpiredDrops(fixture.db, 10),
    takeExpiredDrops(fixture.db, 10),
  ]);
  expect(taken.flat()).toEqual([dropped]);
  expect(await listKeptDrops(fixture.db, table)).toEqual([]);
  await noteDropRemoved(fixture.db, dropped.id);
  await expect(undropTable(fixture.db, table)).rejects.toThrow(/its files are gone/);
});

test('a removal that broke off is taken again', async () => {
  const { dropped } = await dropTable(fixture.db, table, { ...DROP, keepMs: -1_000 });
  expect(await takeExpiredDrops(fixture.db, 10)).toEqual([dropped]);
  expect(await takeExpiredDrops(fixture.db, 10)).toEqual([]);
  await fixture.db.pool.query(
    `UPDATE dropped_tables SET state_at = now() - interval '11 minutes' WHERE id = $1`,
    [dropped.id],
  );
  expect(await takeExpiredDrops(fixture.db, 10)).toEqual([dropped]);
});

test('a pipeline is deleted together with its table, or not at all', async () => {
  await newRun(table, false);
  await expect(deletePipelineWithTable(fixture.db, table, DROP)).rejects.toThrow(ConflictError);
  expect(await getPipeline(fixture.db, table)).toMatchObject({ name: table.name });
  const drop = await deletePipelineWithTable(fixture.db, table, { ...DROP, force: true });
  expect(drop?.cancelled).toHaveLength(1);
  await expect(getPipeline(fixture.db, table)).rejects.toThrow(NotFoundError);
  await expect(deletePipelineWithTable(fixture.db, table, DROP)).rejects.toThrow(NotFoundError);
});

test('a dropped table is not restored into a deleted namespace, until the namespace is back', async () => {
  const moved: PipelineRef = { namespace: 'moved_away', layer: 'silver', name: 'orders' };
  await createNamespace(fixture.db, 'moved_away', {});
  await moveTable(fixture.db, { table: moved, expected: undefined, next: location(moved) });
  await dropTable(fixture.db, moved, DROP);
  await deleteNamespace(fixture.db, 'moved_away', []);
  await expect(undropTable(fixture.db, moved)).rejects.toThrow(/namespace not found/);
  await createNamespace(fixture.db, 'moved_away', {});
  expect(await undropTable(fixture.db, moved)).toMatchObject({ location: location(moved) });
});
