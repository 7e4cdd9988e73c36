import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { createRun } from '../runs/create-run.ts';
import { RUN_SORT_FIELDS } from '@rat/domain';
import { listRuns } from './list-runs.ts';
import type { RunQuery } from './run-query.ts';
import { putPipeline } from '../pipelines/put-pipeline.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
  const other = { ...ORDERS, layer: 'gold', name: 'totals' } as const;
  const content = { sql: 'SELECT 1', config: {}, qualityTests: [], contentHash: 'x' };
  await putPipeline(fixture.db, other, content);
  for (let n = 0; n < 30; n += 1) {
    await createRun(fixture.db, {
      pipeline: n % 3 === 0 ? other : ORDERS,
      trigger: { kind: 'api', label: `t${n % 4}` },
    });
  }
  // Ties and gaps in every sort field: a third of the runs has started, some at the same time.
  await fixture.db.pool.query(
    `WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM runs)
     UPDATE runs SET created_at = '2026-01-01T00:00:00Z'::timestamptz + (n / 5) * interval '1 h' FROM numbered
     WHERE numbered.id = runs.id`,
  );
  await fixture.db.pool.query(
    `WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM runs)
     UPDATE runs SET status = 'running', attempt = 1, runner_id = 'r', lease_expires_at = now(), slot = n, concurrency_limit = n,
       started_at = '2026-01-02T00:00:00Z'::timestamptz + (n / 7) * interval '1 s' FROM numbered
     WHERE numbered.id = runs.id AND n % 3 = 1`,
  );
});
afterAll(() => fixture.close());

/** Two pipelines with the same name and alternating runs, half of them failed. */
async function addTwins(): Promise<void> {
  const content = { sql: 'SELECT 1', config: {}, qualityTests: [], contentHash: 'x' };
  const twins = (['silver', 'gold'] as const).map((layer) => ({ ...ORDERS, layer, name: 'twin' }));
  for (const twin of twins) await putPipeline(fixture.db, twin, content);
  for (let n = 0; n < 16; n += 1) {
    for (const pipeline of twins)
      await createRun(fixture.db, { pipeline, trigger: { kind: 'api', label: 'twin' } });
  }
  await fixture.db.pool.query(
    `WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM runs WHERE pipeline = 'twin')
     UPDATE runs SET created_at = '2026-01-05T00:00:00Z'::timestamptz + n * interval '1 min' FROM numbered
     WHERE numbered.id = runs.id`,
  );
  await fixture.db.pool.query(
    `UPDATE runs SET status = 'running', attempt = 1, runner_id = 'r', lease_expires_at = now(), started_at = now(),
       slot = extract(minute FROM created_at), concurrency_limit = 60 WHERE pipeline = 'twin' AND extract(minute FROM created_at)::int / 2 % 2 = 0`,
  );
  await fixture.db.pool.query(
    `UPDATE runs SET status = 'failed', lease_expires_at = NULL, slot = NULL, finished_at = now(), failure_code = 'sql_error'
     WHERE pipeline = 'twin' AND status = 'running'`,
  );
}

const first: RunQuery = { sort: 'created_at', order: 'desc', limit: 200, offset: 0 };

describe('a list of runs', () => {
  test.each(
    RUN_SORT_FIELDS.flatMap((sort) => [
      { sort, order: 'asc' as const },
      { sort, order: 'desc' as const },
    ]),
  )(
    'by $sort $order shows every run once, whether paged by offset or by cursor',
    async ({ sort, order }) => {
      const query = { ...first, sort, order };
      const whole = (await listRuns(fixture.db, query)).runs.map((run) => run.id);
      expect(new Set(whole).size).toBe(30);
      const byOffset: string[] = [];
      for (let offset = 0; offset < 30; offset += 7) {
        const page = await listRuns(fixture.db, { ...query, limit: 7, offset });
        byOffset.push(...page.runs.map((run) => run.id));
      }
      const byCursor: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listRuns(fixture.db, { ...query, limit: 7, cursor });
        byCursor.push(...page.runs.map((run) => run.id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(byOffset).toEqual(whole);
      expect(byCursor).toEqual(whole);
    },
  );

  test('the total of a list counts exactly the runs that its filters match', async () => {
    const gold = await listRuns(fixture.db, { ...first, layer: 'gold', limit: 3 });
    expect(gold.total).toBe(10);
    expect(gold.runs).toHaveLength(3);
    const both = await listRuns(fixture.db, { ...first, layer: 'gold', status: 'running' });
    expect(both.runs.every((run) => run.layer === 'gold' && run.status === 'running')).toBe(true);
    expect(both.total).toBe(both.runs.length);
  });

  test('a list excludes runs that were created exactly at its bounds', async () => {
    const hour = Date.parse('2026-01-01T03:00:00Z');
    const page = await listRuns(fixture.db, {
      ...first,
      from: new Date(hour),
      to: new Date(hour + 7_200_000),
    });
    expect(page.runs.map((run) => run.createdAt.getTime() - hour)).toEqual([
      3_600_000, 3_600_000, 3_600_000, 3_600_000, 3_600_000,
    ]);
  });

  test.each(['', 'x', Buffer.from('["created_at","desc","x","y"]').toString('base64url')])(
    'a list refuses the invalid cursor %j',
    async (cursor) => {
      await expect(listRuns(fixture.db, { ...first, cursor })).rejects.toThrow('cursor');
    },
  );

  test('a list refuses the cursor of another order', async () => {
    const page = await listRuns(fixture.db, { ...first, limit: 3 });
    const misused = { ...first, order: 'asc' as const, cursor: page.nextCursor };
    await expect(listRuns(fixture.db, misused)).rejects.toThrow('another sort');
  });
});

describe('a list by a name that two pipelines have', () => {
  beforeAll(addTwins);

  test.each([
    { pipeline: 'twin' },
    { pipeline: 'twin', layer: 'gold' },
    { pipeline: 'twin', namespace: 'default' },
    { pipeline: 'twin', status: 'failed' },
    { pipeline: 'twin', layer: 'silver', namespace: 'default', status: 'failed' },
  ] as const)(
    'a list filtered by %j includes the runs of all matching pipelines',
    async (filter) => {
      const { db } = fixture;
      const { sort, order } = first;
      const all = (await listRuns(db, first)).runs.filter((run) =>
        Object.entries(filter).every(
          ([field, value]) => run[field as keyof typeof filter] === value,
        ),
      );
      expect(all.length).toBeGreaterThan(2);
      const ids = all.map((run) => run.id);
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listRuns(db, { ...filter, sort, order, limit: 2, offset: 0, cursor });
        expect(page.total).toBe(ids.length);
        paged.push(...page.runs.map((run) => run.id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(paged).toEqual(ids);
      const behind = await listRuns(db, { ...filter, sort, order, limit: 2, offset: 1 });
      expect(behind.runs.map((run) => run.id)).toEqual(ids.slice(1, 3));
    },
  );
});
