import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RUN_STATUSES } from '@rat/domain';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { createRun } from '../runs/create-run.ts';
import { putPipeline } from '../pipelines/put-pipeline.ts';
import { foldRunCounts } from './fold-run-counts.ts';
import { listRuns, type ListedRun } from './list-runs.ts';
import type { RunQuery } from './run-query.ts';

let fixture: StoreFixture;
const RUNS = 240;
const first: RunQuery = { sort: 'created_at', order: 'desc', limit: 200, offset: 0 };

beforeAll(async () => {
  fixture = await openStoreFixture();
  const content = { sql: 'SELECT 1', config: {}, qualityTests: [], contentHash: 'x' };
  const pipelines = [
    ORDERS,
    { ...ORDERS, layer: 'gold' as const },
    { ...ORDERS, name: 'customers' },
  ];
  for (const pipeline of pipelines.slice(1)) await putPipeline(fixture.db, pipeline, content);
  for (let n = 0; n < RUNS; n += 1) {
    await createRun(fixture.db, {
      pipeline: pipelines[n % 3] ?? ORDERS,
      trigger: {
        kind: 'api',
        label: ['manual', 'schedule:hourly', 'schedule', 'scheduled'][n % 4] ?? '',
      },
      kind: n % 10 === 0 ? 'audit' : 'pipeline',
    });
  }
  // Runs of every status and failure, on several runners and pools, spread over hours.
  await fixture.db.pool.query(
    `WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM runs)
     UPDATE runs SET
       created_at = '2026-01-01T00:00:00Z'::timestamptz + n * interval '7 min',
       pool = CASE WHEN n % 9 = 0 THEN 'heavy' ELSE 'default' END,
       concurrency_limit = 1000
     FROM numbered WHERE numbered.id = runs.id`,
  );
  await fixture.db.pool.query(
    `WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM runs)
     UPDATE runs SET status = 'running', attempt = 1, runner_id = 'runner-' || (n % 3), started_at = now(),
       lease_expires_at = now() + interval '1 hour', slot = n
     FROM numbered WHERE numbered.id = runs.id AND n % 5 <> 0`,
  );
  await fixture.db.pool.query(
    `WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM runs)
     UPDATE runs SET
       status = CASE n % 4 WHEN 1 THEN 'success' WHEN 2 THEN 'cancelled' ELSE 'failed' END,
       finished_at = now(), lease_expires_at = NULL, slot = NULL, rows_written = 1,
       failure_code = CASE n % 8 WHEN 3 THEN 'quality_failed' WHEN 7 THEN 'sql_error' END,
       failure = CASE n % 8 WHEN 3 THEN '{"code": "quality_failed", "phase": "quality"}'::jsonb
         WHEN 7 THEN '{"code": "sql_error"}'::jsonb END
     FROM numbered WHERE numbered.id = runs.id AND status = 'running' AND n % 4 <> 0`,
  );
  await fixture.db.pool.query(
    `WITH held AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM runs WHERE failure_code = 'quality_failed')
     INSERT INTO run_actions (run_id, action)
     SELECT id, 'publish' FROM held WHERE n % 4 IN (1, 2)
     UNION ALL SELECT id, 'revert' FROM held WHERE n % 4 = 2
     UNION ALL SELECT id, 'discard' FROM held WHERE n % 4 = 3`,
  );
});
afterAll(() => fixture.close());

/** Every run, read without a filter. */
async function allRuns(): Promise<ListedRun[]> {
  const pages = [0, 200].map((offset) => listRuns(fixture.db, { ...first, offset }));
  return (await Promise.all(pages)).flatMap(({ runs }) => runs);
}

const runnerOf = new Map<string, string>();
async function readRunners(): Promise<void> {
  const { rows } = await fixture.db.pool.query<{ id: string; runner: string }>(
    `SELECT id::text, runner_id AS runner FROM runs WHERE runner_id IS NOT NULL`,
  );
  for (const { id, runner } of rows) runnerOf.set(id, runner);
}

const address = (run: ListedRun): string => `${run.namespace}.${run.layer}.${run.pipeline}`;

describe('a list of runs', () => {
  beforeAll(readRunners);

  test.each<[string, Partial<RunQuery>, (run: ListedRun) => boolean]>([
    ['one status', { status: ['failed'] }, (run) => run.status === 'failed'],
    [
      'several statuses',
      { status: ['failed', 'cancelled'] },
      ({ status }) => status === 'failed' || status === 'cancelled',
    ],
    ['every status', { status: RUN_STATUSES }, () => true],
    [
      'several statuses of a pipeline name',
      { status: ['pending', 'success'], pipeline: 'orders' },
      (run) => ['pending', 'success'].includes(run.status) && run.pipeline === 'orders',
    ],
    [
      'several statuses of a layer and a time',
      {
        status: ['running', 'failed'],
        layer: 'gold',
        from: new Date('2026-01-01T02:10:00Z'),
        to: new Date('2026-01-02T01:17:00Z'),
      },
      (run) =>
        ['running', 'failed'].includes(run.status) &&
        run.layer === 'gold' &&
        run.createdAt > new Date('2026-01-01T02:10:00Z') &&
        run.createdAt < new Date('2026-01-02T01:17:00Z'),
    ],
    ['a kind', { kind: 'audit' }, (run) => run.kind === 'audit'],
    [
      'the part of a trigger before its colon',
      { trigger: 'schedule' },
      (run) => run.trigger === 'schedule' || run.trigger === 'schedule:hourly',
    ],
    ['a whole trigger', { trigger: 'schedule:hourly' }, (run) => run.trigger === 'schedule:hourly'],
    ['a trigger with a wildcard', { trigger: 'schedule%' }, () => false],
    ['a pool', { pool: 'heavy' }, (run) => run.pool === 'heavy'],
    ['a runner', { runner: 'runner-2' }, (run) => runnerOf.get(run.id) === 'runner-2'],
    ['a failure', { failureCode: 'sql_error' }, (run) => run.failure?.code === 'sql_error'],
    ['a quarantine', { disposition: 'quarantined' }, (run) => run.disposition === 'quarantined'],
    ['a publication', { disposition: 'published' }, (run) => run.disposition === 'published'],
    ['a discard', { disposition: 'discarded' }, (run) => run.disposition === 'discarded'],
    ['a revert', { disposition: 'reverted' }, (run) => run.disposition === 'reverted'],
    ['a part of an address', { q: 'Silver.cust' }, (run) => address(run).includes('silver.cust')],
    ['a text that no address has', { q: '%' }, () => false],
    [
      'several columns at once',
      {
        q: 'orders',
        status: ['failed', 'success'],
        kind: 'pipeline',
        pool: 'default',
        pipeline: 'orders',
        trigger: 'schedule',
      },
      (run) =>
        run.pipeline === 'orders' &&
        ['failed', 'success'].includes(run.status) &&
        run.kind === 'pipeline' &&
        run.pool === 'default' &&
        ['schedule', 'schedule:hourly'].includes(run.trigger),
    ],
  ])(
    'by %s shows exactly its runs, in their order, with their exact total',
    async (_, filter, fits) => {
      const expected = (await allRuns()).filter(fits).map((run) => run.id);
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listRuns(fixture.db, { ...first, ...filter, limit: 50, cursor });
        expect(page.total).toBe(expected.length);
        paged.push(...page.runs.map((run) => run.id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(paged).toEqual(expected);
      const behind = await listRuns(fixture.db, { ...first, ...filter, limit: 5, offset: 3 });
      expect(behind.runs.map((run) => run.id)).toEqual(expected.slice(3, 8));
      const up = await listRuns(fixture.db, { ...first, ...filter, order: 'asc', limit: 5 });
      expect(up.runs.map((run) => run.id)).toEqual(expected.toReversed().slice(0, 5));
    },
  );

  test('every disposition occurs, and a run whose tests failed is in quarantine until it is decided on', async () => {
    const counted = new Map<string | undefined, number>();
    for (const { disposition } of await allRuns())
      counted.set(disposition, (counted.get(disposition) ?? 0) + 1);
    for (const one of ['quarantined', 'published', 'discarded', 'reverted', undefined] as const)
      expect(counted.get(one)).toBeGreaterThan(0);
  });

  test('the first digits of an id find the run, with or without dashes, and other digits find none', async () => {
    const [run] = (await allRuns()).slice(17);
    if (run === undefined) throw new Error('there are runs');
    for (const q of [
      run.id,
      run.id.replaceAll('-', ''),
      run.id.slice(0, 30),
      run.id.slice(0, 24),
    ]) {
      const found = await listRuns(fixture.db, { ...first, q });
      expect(found.runs.map(({ id }) => id)).toContain(run.id);
      expect(found.total).toBe(found.runs.length);
    }
    expect(await listRuns(fixture.db, { ...first, q: 'ffffffff' })).toMatchObject({ total: 0 });
    expect(await listRuns(fixture.db, { ...first, q: `${run.id}0` })).toMatchObject({ total: 0 });
  });

  test('a total by several statuses stays exact when the counts are folded', async () => {
    const query = { ...first, status: ['failed', 'pending'] as const };
    const { total } = await listRuns(fixture.db, query);
    while ((await foldRunCounts(fixture.db, 1_000)) > 0);
    expect((await listRuns(fixture.db, query)).total).toBe(total);
  });

  test('a running run shows the newest progress of its attempt', async () => {
    const running = (await listRuns(fixture.db, { ...first, status: 'running' })).runs;
    const [run] = running;
    if (run === undefined) throw new Error('a run is running');
    expect(run.progress).toBeUndefined();
    await fixture.db.pool.query(
      `INSERT INTO run_events (run_id, seq, attempt, kind, at, phase, payload)
       SELECT $1, last_seq + n, 1, 'progress', '2026-01-01T00:00:00Z', 'build',
         jsonb_build_object('percent', n * 10, 'rows', NULL, 'memory_bytes', 7)
       FROM runs, generate_series(1, 3) n WHERE id = $1`,
      [run.id],
    );
    await fixture.db.pool.query('UPDATE runs SET last_seq = last_seq + 3 WHERE id = $1', [run.id]);
    const [shown] = (await listRuns(fixture.db, { ...first, q: run.id })).runs;
    expect(shown?.progress).toEqual({
      percent: 30,
      rows: undefined,
      memoryBytes: 7,
      phase: 'build',
      at: new Date('2026-01-01T00:00:00Z'),
    });
  });
});
