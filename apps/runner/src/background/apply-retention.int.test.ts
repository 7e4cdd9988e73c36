import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { RETENTION_DEFAULTS, type PipelineRef, type RetentionConfig } from '@rat/domain';
import {
  findRetentionStatus,
  putPipelineRetention,
  putSystemRetention,
  type PipelineContent,
  putPipeline,
} from '@rat/store';
import { ORDERS } from '@rat/testing';
import { openTableFixture, type TableFixture } from '../../test/table-fixture.ts';
import { keepTimeOf } from '../maintenance/keep-time-of.ts';
import { applyRetentionJob, applyRetentionNow } from './apply-retention.ts';

const OTHER: PipelineRef = { namespace: 'default', layer: 'gold', name: 'report' };
const KEEPS_ALL: RetentionConfig = {
  ...RETENTION_DEFAULTS,
  runs_max_per_pipeline: 0,
  runs_max_age_days: 0,
};
const never = new AbortController().signal;

let fixture: TableFixture;
beforeAll(async () => {
  fixture = await openTableFixture();
  const content: PipelineContent = {
    sql: 'SELECT 1',
    config: {},
    qualityTests: [],
    contentHash: 'x',
  };
  await putPipeline(fixture.deps.db, OTHER, content);
});
afterAll(() => fixture.close());

const query = async <T extends object>(sql: string, values: unknown[] = []): Promise<T[]> =>
  (await fixture.deps.db.pool.query<T>(sql, values)).rows;

/** Ten failed runs of each pipeline, 10 to 19 days old, each with one test result. */
beforeEach(async () => {
  const { db } = fixture.deps;
  await query('DELETE FROM runs');
  await query(
    `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, status, failure_code, max_attempts,
       created_at, started_at, finished_at, last_seq)
     SELECT gen_random_uuid(), p.id, v.id, p.namespace, p.layer, p.name, 'failed', 'sql_error', 1, at, at, at, 0
     FROM generate_series(10, 19) AS n, LATERAL (SELECT now() - n * interval '1 day' AS at) AS t,
       pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id`,
  );
  await query(
    `INSERT INTO quality_results (run_id, test_name, attempt, namespace, layer, pipeline, severity, status, violations, sample, duration_ms)
     SELECT id, 'rule', 1, namespace, layer, pipeline, 'error', 'passed', 0, '{}', 1 FROM runs`,
  );
  await putSystemRetention(db, {});
  for (const ref of [ORDERS, OTHER]) await putPipelineRetention(db, ref, {});
});

async function countOf({ name }: PipelineRef): Promise<number> {
  const [row] = await query<{ count: number }>(
    'SELECT count(*) AS count FROM runs WHERE pipeline = $1',
    [name],
  );
  return row?.count ?? 0;
}

const applyNow = (environment: RetentionConfig) =>
  applyRetentionNow(fixture.deps, environment, never);

test('the environment decides where people chose nothing', async () => {
  const round = await applyNow({ ...KEEPS_ALL, runs_max_per_pipeline: 4 });
  expect(round).toMatchObject({ runsPruned: 12, qualityPruned: 12, logsPruned: 0 });
  expect([await countOf(ORDERS), await countOf(OTHER)]).toEqual([4, 4]);
});

test('what people chose for the installation rules over the environment', async () => {
  await putSystemRetention(fixture.deps.db, { runs_max_per_pipeline: 7 });
  await applyNow({ ...KEEPS_ALL, runs_max_per_pipeline: 4 });
  expect([await countOf(ORDERS), await countOf(OTHER)]).toEqual([7, 7]);
  await putSystemRetention(fixture.deps.db, { runs_max_age_days: 15, runs_max_per_pipeline: 0 });
  await applyNow(KEEPS_ALL);
  expect([await countOf(ORDERS), await countOf(OTHER)]).toEqual([5, 5]);
});

test('what people chose for a pipeline rules over the installation, in both directions', async () => {
  const { db } = fixture.deps;
  await putSystemRetention(db, { runs_max_per_pipeline: 5 });
  await putPipelineRetention(db, ORDERS, { runs_max_per_pipeline: 2 });
  await putPipelineRetention(db, OTHER, { runs_max_per_pipeline: 8 });
  expect(await applyNow(KEEPS_ALL)).toMatchObject({ runsPruned: 10, qualityPruned: 10 });
  expect([await countOf(ORDERS), await countOf(OTHER)]).toEqual([2, 8]);
  await putPipelineRetention(db, OTHER, {});
  await applyNow(KEEPS_ALL);
  expect(await countOf(OTHER)).toBe(5);
});

test('a scheduled turn uses the same choices, and only for pipelines that are due', async () => {
  const { deps } = fixture;
  await query(`UPDATE pipelines SET swept_at = now() - interval '50 minutes'`);
  await putPipelineRetention(deps.db, ORDERS, { runs_max_per_pipeline: 3 });
  const { run } = applyRetentionJob(KEEPS_ALL);
  await run(deps, never);
  expect(await countOf(ORDERS)).toBe(10);
  await putSystemRetention(deps.db, { reaper_interval_minutes: 40 });
  await run(deps, never);
  expect([await countOf(ORDERS), await countOf(OTHER)]).toEqual([3, 10]);
  expect(await findRetentionStatus(deps.db)).toMatchObject({ runsPruned: 7, qualityPruned: 7 });
});

test('the status is that of the last round that had something to do', async () => {
  const { deps } = fixture;
  const done = await applyNow({ ...KEEPS_ALL, runs_max_per_pipeline: 1 });
  expect(done.runsPruned).toBe(18);
  expect(await findRetentionStatus(deps.db)).toEqual(done);
  // Everything was swept a moment ago, so this turn has nothing to do.
  await applyRetentionJob(KEEPS_ALL).run(deps, never);
  expect(await findRetentionStatus(deps.db)).toEqual(done);
});

test('of two rounds at once each run is removed and counted once', async () => {
  const environment = { ...KEEPS_ALL, runs_max_per_pipeline: 1 };
  const rounds = await Promise.all([applyNow(environment), applyNow(environment)]);
  expect(rounds[0].runsPruned + rounds[1].runsPruned).toBe(18);
});

test('a table keeps its versions for as long as people chose for its pipeline', async () => {
  const { deps } = fixture;
  const days = async (): Promise<number> => (await keepTimeOf(deps, ORDERS)) / 86_400_000;
  expect(await days()).toBe(deps.limits.keepMs / 86_400_000);
  await putSystemRetention(deps.db, { iceberg_snapshot_max_age_days: 30 });
  expect(await days()).toBe(30);
  await putPipelineRetention(deps.db, ORDERS, { iceberg_snapshot_max_age_days: 3 });
  expect(await days()).toBe(3);
});
