import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { putPipeline } from '../pipelines/put-pipeline.ts';
import { createRun } from '../runs/create-run.ts';
import { listRuns } from './list-runs.ts';
import { runConditions } from './run-conditions.ts';
import type { CountFilter, RunQuery } from './run-query.ts';

const OTHER = { ...ORDERS, layer: 'gold' } as const;
const VERSIONS = [1, 2, 3];
/** Copies of each run: of `orders` some, and of the other pipeline many. */
const COPIES = { orders: 100, other: 5_000 };

const page: RunQuery = { sort: 'created_at', order: 'desc', limit: 50, offset: 0 };
const ofOrders = { namespace: 'default', layer: 'silver', pipeline: 'orders' };

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
  for (const version of VERSIONS) {
    for (const [pipeline, copies] of [
      [ORDERS, COPIES.orders],
      [OTHER, COPIES.other],
    ] as const) {
      // The fixture has the first version of its pipeline.
      const content = { config: {}, qualityTests: [], contentHash: `v${version}` };
      if (version > 1 || pipeline === OTHER)
        await putPipeline(fixture.db, pipeline, { ...content, sql: `SELECT ${version} AS n` });
      const { id } = await createRun(fixture.db, { pipeline, trigger: { kind: 'manual' } });
      await fixture.db.pool.query(
        `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, max_attempts, created_at)
         SELECT gen_random_uuid(), pipeline_id, pipeline_version_id, namespace, layer, pipeline, 1,
           created_at - n * interval '1 s'
         FROM runs, generate_series(1, $2::int) n WHERE id = $1`,
        [id, copies - 1],
      );
    }
  }
  await fixture.db.pool.query('ANALYZE runs');
}, 60_000);
afterAll(() => fixture.close());

test.each(VERSIONS)('a list of version %d of a pipeline has its runs and no others', async (n) => {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const found = await listRuns(fixture.db, { ...page, ...ofOrders, pipelineVersion: n, cursor });
    expect(found.total).toBe(COPIES.orders);
    for (const run of found.runs)
      expect(run).toMatchObject({ pipelineVersion: n, layer: 'silver', pipeline: 'orders' });
    seen.push(...found.runs.map(({ id }) => id));
    cursor = found.nextCursor;
  } while (cursor !== undefined);
  expect(new Set(seen).size).toBe(COPIES.orders);
});

test('a version filter combines with others, and a version that does not exist has no run', async () => {
  const query = { ...page, ...ofOrders, pipelineVersion: 2 };
  const pending = await listRuns(fixture.db, { ...query, status: ['pending', 'failed'] });
  expect(pending.total).toBe(COPIES.orders);
  expect((await listRuns(fixture.db, { ...query, status: 'failed' })).total).toBe(0);
  expect((await listRuns(fixture.db, { ...query, offset: 1_000 })).runs).toEqual([]);
  expect((await listRuns(fixture.db, { ...query, pipelineVersion: 9 })).total).toBe(0);
});

test('a list of a version reads no run of another pipeline', async () => {
  const read = await runsRead({ ...ofOrders, pipelineVersion: 1 });
  expect(read).toBe(COPIES.orders * VERSIONS.length);
});

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** How many rows of runs a statement with the conditions of a filter reads. */
async function runsRead(filter: CountFilter): Promise<number> {
  const values: unknown[] = [];
  const conditions = runConditions(filter, (value) => `$${values.push(value)}`);
  const { rows } = await fixture.db.pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(*) FROM runs r WHERE ${conditions.join(' AND ')}`,
    values,
  );
  const below = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(below)];
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (plan === undefined) throw new Error('there is no plan');
  return below(plan)
    .filter((node) => node['Relation Name'] === 'runs')
    .map((node) => [node['Actual Rows'], node['Rows Removed by Filter'] ?? 0, node['Actual Loops']])
    .reduce((sum, [kept = 0, removed = 0, loops = 0]) => sum + (kept + removed) * loops, 0);
}
