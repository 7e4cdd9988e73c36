import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConflictError, NotFoundError, type PipelineRef } from '@rat/domain';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  claimRun,
  commitBranch,
  createNamespace,
  createRun,
  deleteNamespace,
  deletePipeline,
  getNamespace,
  listNamespaces,
  listRuns,
  putPipeline,
  requestCancel,
  updateNamespace,
} from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const content = { sql: 'SELECT 1 AS n', config: {}, qualityTests: [], contentHash: 'one' };
const orders = (namespace: string): PipelineRef => ({ namespace, layer: 'silver', name: 'orders' });

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConflictError);
  return (error as ConflictError).message;
}

test('of two requests for one namespace, one makes it and the other is told that the name is taken', async () => {
  const made = await Promise.allSettled(
    [1, 2, 3, 4].map((weight) => createNamespace(fixture.db, 'contested', { weight })),
  );
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const refused = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(refused).toHaveLength(3);
  for (const reason of refused) expect(reason).toBeInstanceOf(ConflictError);
});

test('a change of a namespace leaves the fields that it does not name', async () => {
  await createNamespace(fixture.db, 'changed', { description: 'what it was', owner: 'ada' });
  const changed = await updateNamespace(fixture.db, 'changed', { description: null, weight: 7 });
  expect(changed).toMatchObject({ description: undefined, owner: 'ada', weight: 7, pipelines: 0 });
  await expect(updateNamespace(fixture.db, 'absent', {})).rejects.toBeInstanceOf(NotFoundError);
});

test('a list of namespaces counts the live pipelines of each and has an exact total', async () => {
  await createNamespace(fixture.db, 'counted', {});
  await putPipeline(fixture.db, orders('counted'), content);
  await putPipeline(fixture.db, { ...orders('counted'), name: 'gone' }, content);
  await deletePipeline(fixture.db, { ...orders('counted'), name: 'gone' });
  expect(await getNamespace(fixture.db, 'counted')).toMatchObject({ pipelines: 1 });
  const all = await listNamespaces(fixture.db, { limit: 200, offset: 0 });
  expect(all.total).toBe(all.namespaces.length);
  const names = all.namespaces.map(({ name }) => name);
  expect(names).toEqual(names.toSorted());
  const second = await listNamespaces(fixture.db, { limit: 1, offset: 1 });
  expect(second).toMatchObject({ total: all.total, namespaces: [{ name: names[1] }] });
});

test('the default namespace cannot be deleted, not even by a statement', async () => {
  expect(await refusal(deleteNamespace(fixture.db, 'default', []))).toContain('every installation');
  await expect(
    fixture.db.pool.query(`UPDATE namespaces SET deleted_at = now() WHERE name = 'default'`),
  ).rejects.toThrow('namespaces_default_stays');
});

test('a namespace with pipelines, tables, unfinished runs or waiting files is not deleted, and the refusal names them', async () => {
  await createNamespace(fixture.db, 'full', {});
  for (const name of ['a', 'b', 'c', 'd'])
    await putPipeline(fixture.db, { ...orders('full'), name }, content);
  const run = await createRun(fixture.db, {
    pipeline: { ...orders('full'), name: 'a' },
    trigger: { kind: 'manual' },
  });
  await claimRun(
    fixture.db,
    { runId: run.id, attempt: 1 },
    { runnerId: 'runner-1', leaseMs: 60_000 },
  );
  await commitBranch(
    fixture.db,
    { runId: run.id, attempt: 1 },
    { table: { ...orders('full'), name: 'a' }, expected: undefined, next: '/metadata.json' },
  );
  const zones = [
    { name: 'inbox', files: 2 },
    { name: 'read', files: 0 },
  ];
  expect(await refusal(deleteNamespace(fixture.db, 'full', zones))).toBe(
    'namespace full is not empty: it has 4 pipelines: silver.a, silver.b, silver.c and 1 more; ' +
      `1 table: silver.a; 1 run that has not ended: ${run.id}; 2 landing zones: inbox, read; ` +
      '2 waiting files in 1 landing zone: inbox',
  );
  for (const name of ['a', 'b', 'c', 'd'])
    await deletePipeline(fixture.db, { ...orders('full'), name });
  expect(await refusal(deleteNamespace(fixture.db, 'full', []))).toContain('1 table: silver.a; 1');
  expect(await getNamespace(fixture.db, 'full')).toMatchObject({ name: 'full' });
});

test('a namespace of another name that begins alike does not keep a namespace from being deleted', async () => {
  for (const name of ['sales', 'sales_silver']) await createNamespace(fixture.db, name, {});
  await putPipeline(fixture.db, orders('sales_silver'), content);
  await fixture.db.pool.query(
    `INSERT INTO lake.iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)
     VALUES ('rat', 'sales_silver_gold', 'totals', '/m.json')`,
  );
  await deleteNamespace(fixture.db, 'sales', []);
  expect(await refusal(deleteNamespace(fixture.db, 'sales_silver', []))).toContain('gold.totals');
});

test('a deleted namespace keeps its ended runs, takes no pipeline, and has its history again when it is made again', async () => {
  await createNamespace(fixture.db, 'moved', { owner: 'ada', weight: 3 });
  await putPipeline(fixture.db, orders('moved'), content);
  const run = await createRun(fixture.db, {
    pipeline: orders('moved'),
    trigger: { kind: 'manual' },
  });
  await requestCancel(fixture.db, run.id, {});
  await deletePipeline(fixture.db, orders('moved'));
  await deleteNamespace(fixture.db, 'moved', []);

  await expect(getNamespace(fixture.db, 'moved')).rejects.toThrow('POST /api/v1/namespaces');
  await expect(deleteNamespace(fixture.db, 'moved', [])).rejects.toBeInstanceOf(NotFoundError);
  await expect(putPipeline(fixture.db, orders('moved'), content)).rejects.toThrow(
    '{"name": "moved"}',
  );
  const listed = await listRuns(fixture.db, {
    namespace: 'moved',
    sort: 'created_at',
    order: 'desc',
    limit: 10,
    offset: 0,
  });
  expect(listed).toMatchObject({ total: 1, runs: [{ id: run.id, status: 'cancelled' }] });

  await createNamespace(fixture.db, 'moved', { description: 'again' });
  const again = await getNamespace(fixture.db, 'moved');
  expect(again).toMatchObject({ description: 'again', owner: undefined, weight: 1, pipelines: 0 });
  const put = await putPipeline(fixture.db, orders('moved'), content);
  expect(put.result).toBe('created');
});

test('no statement can put a live pipeline into a deleted namespace', async () => {
  await createNamespace(fixture.db, 'closed', {});
  await putPipeline(fixture.db, orders('closed'), content);
  await deletePipeline(fixture.db, orders('closed'));
  await deleteNamespace(fixture.db, 'closed', []);
  await expect(
    fixture.db.pool.query(`UPDATE pipelines SET deleted_at = NULL WHERE namespace = 'closed'`),
  ).rejects.toThrow('namespace closed does not exist');
  await expect(
    fixture.db.pool.query(
      `INSERT INTO pipelines (id, namespace, layer, name, current_version)
       VALUES (gen_random_uuid(), 'closed', 'gold', 'x', 0)`,
    ),
  ).rejects.toThrow('namespace closed does not exist');
});

test('a pipeline that is put beside the delete of its namespace never ends up in a deleted namespace', async () => {
  const outcomes = new Set<string>();
  for (let round = 0; round < 40; round += 1) {
    const name = `race-${round}`;
    await createNamespace(fixture.db, name, {});
    const put = () => putPipeline(fixture.db, orders(name), content);
    const remove = () => deleteNamespace(fixture.db, name, []);
    const works = round % 2 === 0 ? [put(), remove()] : [remove(), put()];
    const ended = await Promise.allSettled(works);
    const [won, lost] = ended[0]?.status === 'fulfilled' ? ended : ended.toReversed();
    expect(won?.status).toBe('fulfilled');
    expect(lost?.status).toBe('rejected');
    const { rows } = await fixture.db.pool.query<{ live: number; deleted: boolean }>(
      `SELECT n.deleted_at IS NOT NULL AS deleted,
         (SELECT count(*) FROM pipelines p WHERE p.namespace = n.name AND p.deleted_at IS NULL) AS live
       FROM namespaces n WHERE n.name = $1`,
      [name],
    );
    expect([
      { deleted: true, live: 0 },
      { deleted: false, live: 1 },
    ]).toContainEqual(rows[0]);
    outcomes.add(JSON.stringify(rows[0]));
  }
  // Both orders were played.
  expect(outcomes.size).toBe(2);
});
