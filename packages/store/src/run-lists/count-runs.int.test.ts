import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LAYERS, RUN_STATUSES } from '@rat/domain';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import fc from 'fast-check';
import { claimRun } from '../runs/claim-run.ts';
import { countRuns } from './count-runs.ts';
import { createRun } from '../runs/create-run.ts';
import { foldRunCounts } from './fold-run-counts.ts';
import { listRuns } from './list-runs.ts';
import { putPipeline } from '../pipelines/put-pipeline.ts';
import type { RunFilter } from './split-time.ts';
import { seekOffset } from './seek-offset.ts';
import { requestCancel } from '../runs/request-cancel.ts';
import { settleAttempt } from '../runs/settle-attempt.ts';

const TOTALS = { ...ORDERS, layer: 'gold', name: 'totals' } as const;
const MIGRATIONS = ['20261125040000_run_counts', '20261125070000_counts_by_scope'].map((name) =>
  fileURLToPath(new URL(`../../../../prisma/migrations/${name}/migration.sql`, import.meta.url)),
);
/** The filters of a count over all pipelines: none, a namespace, a layer, both. */
const SCOPES = [
  [`''`, `''`],
  ['namespace', `''`],
  [`''`, 'layer'],
  ['namespace', 'layer'],
] as const;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const HOURS = 80;

/** Each test sends hundreds of statements, possibly on a busy machine. */
jest.setTimeout(120_000);

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
  const content = { sql: 'SELECT 1', config: {}, qualityTests: [], contentHash: 'x' };
  await putPipeline(fixture.db, TOTALS, content);
});
afterAll(() => fixture.close());

/** Compares the total of a list with the number of its rows, in one snapshot. */
async function countOneByOne(filter: RunFilter): Promise<number> {
  const answer = await fixture.db.pool.query<{ total: number }>(
    `SELECT count(*) AS total FROM runs WHERE ($1::text IS NULL OR namespace = $1) AND ($2::text IS NULL OR layer = $2)
       AND ($3::text IS NULL OR pipeline = $3) AND ($4::text IS NULL OR status = $4)
       AND ($5::timestamptz IS NULL OR created_at > $5) AND ($6::timestamptz IS NULL OR created_at < $6)`,
    [filter.namespace, filter.layer, filter.pipeline, filter.status, filter.from, filter.to],
  );
  return answer.rows[0]?.total ?? -1;
}

async function foldAll(): Promise<void> {
  while ((await foldRunCounts(fixture.db, 7)) > 0);
}

/**
 * The counts of wider scopes that differ from the sum of their pipelines’ counts, in one snapshot.
 */
async function countsThatDiffer(): Promise<unknown[]> {
  const sums = SCOPES.map(
    ([namespace, layer]) =>
      `SELECT grain, since, ${namespace} AS namespace, ${layer} AS layer, status, sum(runs) AS runs
       FROM run_counts WHERE pipeline <> '' GROUP BY 1, 2, 3, 4, 5 HAVING sum(runs) <> 0`,
  );
  const wide = `SELECT grain, since, namespace, layer, status, runs FROM run_counts WHERE pipeline = '' AND runs <> 0`;
  const answer = await fixture.db.pool.query(
    `WITH wide AS (${wide}), sums AS (${sums.join(' UNION ALL ')})
     (TABLE wide EXCEPT TABLE sums) UNION ALL (TABLE sums EXCEPT TABLE wide)`,
  );
  return answer.rows;
}

/**
 * Moves the current runs back in time: to the bounds of an hour, one millisecond beside them, and
 * in between.
 */
async function scatter(): Promise<void> {
  await fixture.db.pool.query(
    `UPDATE runs SET created_at = $1::timestamptz + floor(random() * $2) * interval '1 h'
       + (ARRAY[0, 1, 3599999, 1800000])[1 + floor(random() * 4)] * interval '1 ms'`,
    [new Date(BEGIN), HOURS],
  );
}

/** Creates a run, and at random starts, releases, ends and deletes it. */
async function live(steps: readonly number[]): Promise<void> {
  const pipeline = (steps[0] ?? 0) % 2 === 0 ? ORDERS : TOTALS;
  const { id: runId } = await createRun(fixture.db, { pipeline, trigger: { kind: 'manual' } });
  let attempt = 1;
  for (const step of steps) {
    const held = { runId, attempt };
    if (step % 5 === 0) await requestCancel(fixture.db, runId);
    else if (step % 5 === 1) {
      await settleAttempt(fixture.db, held, { kind: 'interrupt' }, []);
      attempt += 1;
    } else if (step % 5 === 2)
      await fixture.db.pool.query('DELETE FROM runs WHERE id = $1', [runId]);
    else await claimRun(fixture.db, held, { runnerId: 'r', leaseMs: 60_000 });
  }
}

const bound = fc.option(
  fc
    .tuple(fc.integer({ min: -2, max: HOURS + 2 }), fc.constantFrom(0, 1, -1, 1_800_000))
    .map(([hour, rest]) => new Date(BEGIN + hour * 3_600_000 + rest)),
  { nil: undefined },
);
const filters: fc.Arbitrary<RunFilter> = fc.record({
  namespace: fc.constantFrom(undefined, 'default', 'nowhere'),
  layer: fc.constantFrom(undefined, ...LAYERS),
  pipeline: fc.constantFrom(undefined, 'orders', 'totals'),
  status: fc.constantFrom(undefined, ...RUN_STATUSES),
  from: bound,
  to: bound,
});

describe('the number of runs', () => {
  test('the number of runs is exact for every filter and bound, however much is folded', async () => {
    const lives = fc.sample(fc.array(fc.nat(), { maxLength: 5 }), 60);
    for (const steps of lives) await live(steps);
    await scatter();
    const check = fc.asyncProperty(filters, async (filter) => {
      expect(await countRuns(fixture.db.pool, filter)).toBe(await countOneByOne(filter));
    });
    await fc.assert(check, { numRuns: 60 });
    await foldRunCounts(fixture.db, 50);
    await fc.assert(check, { numRuns: 50 });
    await foldAll();
    expect(await foldRunCounts(fixture.db, 1)).toBe(0);
    await fc.assert(check, { numRuns: 60 });
  });

  test('the counts lead to the hour of every offset of the list, in either order', async () => {
    const place = fc.record({
      order: fc.constantFrom('asc' as const, 'desc' as const),
      offset: fc.nat(70),
    });
    const check = fc.asyncProperty(filters, place, async (filter, { order, offset }) => {
      const list = { ...filter, sort: 'created_at' as const, order, limit: 200, offset: 0 };
      const { runs } = await listRuns(fixture.db, list);
      const { total, place: found } = await seekOffset(fixture.db.pool, filter, { order, offset });
      expect(total).toBe(runs.length);
      const hours = runs.map((run) => Math.floor(run.createdAt.getTime() / 3_600_000) * 3_600_000);
      const hour = hours[offset];
      expect(found).toEqual(
        hour === undefined ? undefined : { hour, rest: offset - hours.indexOf(hour) },
      );
    });
    await fc.assert(check, { numRuns: 60 });
    for (let n = 0; n < 20; n += 1) await live([0, 3, 4]);
    await scatter();
    await fc.assert(check, { numRuns: 60 });
  });

  test('the number of runs is that of one snapshot while runs change and counts are folded', async () => {
    const lives = fc.sample(fc.array(fc.nat(), { maxLength: 4 }), 80);
    const moving = new AbortController();
    const work = Promise.all(
      [0, 1, 2, 3].map(async (n) => {
        for (const steps of lives.filter((_, index) => index % 4 === n)) await live(steps);
      }),
    ).finally(() => moving.abort());
    const fold = async (): Promise<void> => {
      while (!moving.signal.aborted) await foldRunCounts(fixture.db, 5);
    };
    const compare = async (): Promise<number> => {
      let compared = 0;
      while (!moving.signal.aborted) {
        const one = await fixture.db.pool.query<{ counted: number; folded: number }>(
          `SELECT (SELECT count(*) FROM runs) AS counted,
             (SELECT coalesce(sum(runs), 0)::bigint FROM run_counts WHERE grain = 'all' AND pipeline <> '')
             + (SELECT coalesce(sum(delta), 0)::bigint FROM run_count_deltas) AS folded`,
        );
        expect(one.rows[0]?.folded).toBe(one.rows[0]?.counted);
        expect(await countsThatDiffer()).toEqual([]);
        compared += 1;
      }
      return compared;
    };
    const [, , , compared] = await Promise.all([work, fold(), fold(), compare()]);
    expect(compared).toBeGreaterThan(0);
    await foldAll();
    for (const status of RUN_STATUSES) {
      expect(await countRuns(fixture.db.pool, { status })).toBe(await countOneByOne({ status }));
    }
    expect(await countsThatDiffer()).toEqual([]);
  });

  test('the number of runs includes runs that are older than the counts', async () => {
    await scatter();
    await fixture.db.pool.query('TRUNCATE run_counts, run_count_deltas');
    for (const file of MIGRATIONS) {
      const migration = await readFile(file, 'utf8');
      await fixture.db.pool.query(
        migration.slice(migration.lastIndexOf('INSERT INTO "run_counts"')),
      );
    }
    expect(await countsThatDiffer()).toEqual([]);
    const check = fc.asyncProperty(filters, async (filter) => {
      expect(await countRuns(fixture.db.pool, filter)).toBe(await countOneByOne(filter));
    });
    await fc.assert(check, { numRuns: 50 });
  });

  test('a rollback does not change the number of runs', async () => {
    const before = await countRuns(fixture.db.pool, {});
    const client = await fixture.db.pool.connect();
    await client.query('BEGIN');
    await client.query('DELETE FROM runs');
    await client.query('ROLLBACK');
    client.release();
    expect(await countRuns(fixture.db.pool, {})).toBe(before);
  });

  test('a list’s total is the number of runs, and no count is left without runs', async () => {
    const list = { sort: 'created_at', order: 'desc', limit: 1, offset: 0 } as const;
    expect((await listRuns(fixture.db, list)).total).toBe(await countOneByOne({}));
    await fixture.db.pool.query('DELETE FROM runs');
    await foldAll();
    expect(await countRuns(fixture.db.pool, {})).toBe(0);
    const counts = await fixture.db.pool.query('SELECT * FROM run_counts');
    expect(counts.rows).toEqual([]);
  });

  test('a deep page continues where the page before it ends', async () => {
    const { db } = fixture;
    await createRun(db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
    await db.pool.query(
      `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, max_attempts, created_at)
       SELECT gen_random_uuid(), pipeline_id, pipeline_version_id, namespace, layer, pipeline, 1,
         created_at - n % 700 * interval '13 min' FROM runs, generate_series(1, 3000) n`,
    );
    for (const order of ['asc', 'desc'] as const) {
      const list = { sort: 'created_at', order, limit: 200 } as const;
      // The first page is walked to, the second is found by counts.
      const before = await listRuns(db, { ...list, offset: 999 });
      const after = await listRuns(db, { ...list, offset: 1_000 });
      expect(after.runs.slice(0, 199)).toEqual(before.runs.slice(1));
      const end = await listRuns(db, { ...list, offset: 2_990 });
      expect([end.runs.length, end.total, end.nextCursor]).toEqual([11, 3_001, undefined]);
      expect((await listRuns(db, { ...list, offset: 3_001 })).runs).toEqual([]);
    }
  });

  test('the number of runs is zero after the runs are truncated', async () => {
    await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
    await foldAll();
    await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
    await fixture.db.pool.query('TRUNCATE runs CASCADE');
    expect(await countRuns(fixture.db.pool, {})).toBe(0);
    expect((await fixture.db.pool.query('SELECT FROM run_events')).rowCount).toBe(0);
  });
});
