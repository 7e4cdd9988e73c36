import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { createRun } from '../runs/create-run.ts';
import { putPipeline } from '../pipelines/put-pipeline.ts';
import { foldRunCounts } from './fold-run-counts.ts';
import { readRunStats, type RunStatsQuery } from './read-run-stats.ts';

let fixture: StoreFixture;
const START = Date.parse('2026-03-01T00:00:00Z');
const HOUR = 3_600_000;
const gold = { ...ORDERS, layer: 'gold' } as const;

beforeAll(async () => {
  fixture = await openStoreFixture();
  const content = { sql: 'SELECT 1', config: {}, qualityTests: [], contentHash: 'x' };
  await putPipeline(fixture.db, gold, content);
  for (let n = 0; n < 60; n += 1) {
    const pipeline = n % 2 === 0 ? ORDERS : gold;
    await createRun(fixture.db, { pipeline, trigger: { kind: 'manual' } });
  }
  await fixture.db.pool.query(
    `WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM runs)
     UPDATE runs SET created_at = '2026-03-01T00:00:00Z'::timestamptz + n * interval '30 min'
     FROM numbered WHERE numbered.id = runs.id`,
  );
  await fixture.db.pool.query(
    `UPDATE runs SET status = 'cancelled', finished_at = now() WHERE created_at < '2026-03-01T10:00:00Z'`,
  );
});
afterAll(() => fixture.close());

/** What the answer must be, counted row by row. */
async function countRows(query: RunStatsQuery): Promise<Map<string, number>> {
  const { rows } = await fixture.db.pool.query<{ at: Date; status: string; runs: number }>(
    `SELECT date_trunc($1, created_at, 'UTC') AS at, status, count(*) AS runs FROM runs
     WHERE created_at >= $2 AND created_at < $3 AND ($4::text IS NULL OR layer = $4) GROUP BY 1, 2`,
    [query.bucket, query.from, query.to, query.layer ?? null],
  );
  return new Map(rows.map(({ at, status, runs }) => [`${at.toISOString()} ${status}`, runs]));
}

const queries: RunStatsQuery[] = [
  { bucket: 'hour', from: new Date(START), to: new Date(START + 12 * HOUR) },
  { bucket: 'hour', from: new Date(START + 1_800_000), to: new Date(START + 7_200_001) },
  { bucket: 'hour', from: new Date(START + 60_000), to: new Date(START + 120_000) },
  { bucket: 'day', from: new Date(START), to: new Date(START + 48 * HOUR) },
  {
    bucket: 'day',
    from: new Date(START + 90 * 60_000),
    to: new Date(START + 26 * HOUR),
    layer: 'gold',
  },
];

test.each(queries)('the points of %j count every run once, with zeros between', async (query) => {
  const check = async (): Promise<void> => {
    const { points } = await readRunStats(fixture.db, query);
    const width = query.bucket === 'hour' ? HOUR : 24 * HOUR;
    const first = Math.floor(query.from.getTime() / width) * width;
    expect(points.map(({ at }) => at.getTime())).toEqual(
      points.map((_, index) => first + index * width),
    );
    expect((points.at(-1)?.at.getTime() ?? 0) < query.to.getTime()).toBe(true);
    const counted = points.flatMap(({ at, runs }) =>
      Object.entries(runs).flatMap(([status, n]) =>
        n === 0 ? [] : [[`${at.toISOString()} ${status}`, n] as const],
      ),
    );
    expect(new Map(counted)).toEqual(await countRows(query));
  };
  await check();
  while ((await foldRunCounts(fixture.db, 1_000)) > 0);
  await check();
});

test('the unfinished runs of now are counted whenever they were created', async () => {
  const query = { bucket: 'hour', from: new Date(START), to: new Date(START + HOUR) } as const;
  expect((await readRunStats(fixture.db, query)).now).toEqual({ pending: 40, running: 0 });
  const ofGold = await readRunStats(fixture.db, { ...query, layer: 'gold', namespace: 'default' });
  expect(ofGold.now).toEqual({ pending: 20, running: 0 });
  const unknown = await readRunStats(fixture.db, { ...query, pipeline: 'no-such' });
  expect(unknown).toMatchObject({ points: [{ runs: { cancelled: 0 } }], now: { pending: 0 } });
});
