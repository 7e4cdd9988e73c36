import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { createNamespace, createRun, deletePipeline, putPipeline } from '../index.ts';
import { claimRun } from '../runs/claim-run.ts';
import { settleAttempt } from '../runs/settle-attempt.ts';
import { search, type Found } from './search.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
  const put = (
    layer: 'silver' | 'gold',
    name: string,
    description?: string,
    namespace = 'default',
  ) =>
    putPipeline(
      fixture.db,
      { namespace, layer, name },
      { sql: 'SELECT 1', config: { description }, qualityTests: [], contentHash: 'x' },
    );
  await createNamespace(fixture.db, 'orders-team', {});
  await put('gold', 'orders_by_day');
  await put('gold', 'late-orders');
  await put('gold', 'revenue', 'Sum of all ORDERS, 100% exact');
  await put('silver', 'orders', undefined, 'orders-team');
  await put('silver', 'orders_gone');
  await deletePipeline(fixture.db, { ...ORDERS, name: 'orders_gone' });
  await fixture.db.pool.query(
    `INSERT INTO lake.iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)
     VALUES ('rat', 'default_silver', 'orders', '/m'), ('rat', 'strange', 'orders', '/m')`,
  );
});
afterAll(() => fixture.close());

const nameOf = (found: Found): string =>
  found.kind === 'namespace'
    ? `namespace ${found.namespace}`
    : `${found.kind} ${found.namespace}.${found.layer}.${found.name}`;

const names = async (q: string, more: { namespace?: string; limit?: number } = {}) =>
  (await search(fixture.db, { q, limit: 20, ...more })).map(nameOf);

test('a search finds pipelines, tables and namespaces, the closest names first and deleted ones never', async () => {
  expect(await names('Orders')).toEqual([
    'pipeline default.silver.orders',
    'table default.silver.orders',
    'pipeline orders-team.silver.orders',
    'pipeline default.gold.orders_by_day',
    'namespace orders-team',
    'pipeline default.gold.late-orders',
    'pipeline default.gold.revenue',
  ]);
});

test('a search reads descriptions and whole addresses, and no character is a wildcard', async () => {
  expect(await names('100% ex')).toEqual(['pipeline default.gold.revenue']);
  expect(await names('gold.rev')).toEqual(['pipeline default.gold.revenue']);
  expect(await names('orders_b%')).toEqual([]);
  expect(await names('o_ders')).toEqual([]);
});

test('a search in one namespace finds nothing of another one', async () => {
  expect(await names('orders', { namespace: 'orders-team' })).toEqual([
    'pipeline orders-team.silver.orders',
    'namespace orders-team',
  ]);
});

test('a search finds runs by the first digits of their id, the newest first', async () => {
  const run = await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
  const [found] = await search(fixture.db, { q: run.id.toUpperCase(), limit: 5 });
  expect(found).toEqual({
    kind: 'run',
    namespace: 'default',
    layer: 'silver',
    name: 'orders',
    runId: run.id,
    status: 'pending',
    disposition: undefined,
    createdAt: expect.any(Date),
  });
  expect(await names(run.id.slice(0, 8))).toContain('run default.silver.orders');
  expect(await names(run.id.slice(0, 7))).toEqual([]);
  expect(await names(run.id, { namespace: 'orders-team' })).toEqual([]);
});

test('a run that a search finds shows what became of its rows', async () => {
  const { id } = await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
  const dispositions = async (): Promise<unknown[]> =>
    (await search(fixture.db, { q: id, limit: 5 })).map(
      (found) => found.kind === 'run' && found.disposition,
    );
  const attempt = { runId: id, attempt: 1 };
  await claimRun(fixture.db, attempt, { runnerId: 'a', leaseMs: 60_000 });
  const failure = { code: 'quality_failed', message: 'a test failed' } as const;
  await settleAttempt(fixture.db, attempt, { kind: 'fail', failure }, []);
  expect(await dispositions()).toEqual(['quarantined']);
  await fixture.db.pool.query(`INSERT INTO run_actions (run_id, action) VALUES ($1, 'discard')`, [
    id,
  ]);
  expect(await dispositions()).toEqual(['discarded']);
});

test('a search returns one more than its limit when there are more', async () => {
  expect(await names('orders', { limit: 3 })).toHaveLength(4);
  expect(await names('orders', { limit: 7 })).toHaveLength(7);
});
