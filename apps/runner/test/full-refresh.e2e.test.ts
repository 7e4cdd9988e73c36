import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

const PATH = 'default/silver/orders';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

test('a run with full_refresh replaces a partitioned table, and its log has a line about it', async () => {
  const config = { merge_strategy: 'incremental', unique_key: 'id', partition_by: 'id' };
  await fleet.putPipeline(PATH, { sql: 'SELECT unnest([1, 2, 3]) AS id', config });
  await fleet.spy.waitFor(await fleet.createRun(PATH), 'success', 60_000);

  const sql = 'SELECT 4 AS id, {{ is_incremental() }} AS knows_a_table';
  await fleet.putPipeline(PATH, { sql, config });
  const id = await fleet.createRun(PATH, 0, { full_refresh: true });
  await fleet.spy.waitFor(id, 'success', 60_000);
  expect(await fleet.getJson(`/runs/${id}`)).toMatchObject({
    full_refresh: true,
    rows_written: 1,
    rows_deleted: 3,
    rows_total: 1,
  });

  await fleet.putPipeline(PATH, { sql: "SELECT 'x' AS id, true AS knows_a_table", config });
  const misfit = await fleet.createRun(PATH);
  await fleet.spy.waitFor(misfit, 'failed', 60_000);
  expect(await fleet.getJson(`/runs/${misfit}`)).toMatchObject({
    full_refresh: false,
    attempt: 1,
    failure: { code: 'schema_conflict', phase: 'write' },
    error: 'column id is INTEGER in the table and VARCHAR in the result',
  });
}, 120_000);
