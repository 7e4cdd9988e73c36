import { access } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { UNPARTITIONED } from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';
import type { ClaimedRun } from '@rat/store';
import { ORDERS } from '@rat/testing';
import { openTableFixture, SCHEMA, type TableFixture } from '../../test/table-fixture.ts';
import { archiveNext } from './archive-logs.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { pinnedMain } from '../table-commit/can-commit-onto.ts';
import { publishTable } from '../attempt/publish-table.ts';
import { sweepPipeline } from './remove-old-runs.ts';
import { stageBranch } from '../attempt/stage-branch.ts';

const RUNS = 5_000;
const KEPT = 1_000;
const OTHER = { namespace: 'default', layer: 'gold', name: 'report' } as const;

let fixture: TableFixture;
beforeAll(async () => {
  fixture = await openTableFixture();
});
afterAll(() => fixture.close());

const query = async <T extends object>(sql: string, values: unknown[] = []): Promise<T[]> =>
  (await fixture.deps.db.pool.query<T>(sql, values)).rows;

const idsOf = async (where = 'true'): Promise<Set<string>> =>
  new Set((await query<{ id: string }>(`SELECT id FROM runs WHERE ${where}`)).map((row) => row.id));

async function publish(run: ClaimedRun): Promise<void> {
  const pinned = pinnedMain(await findCurrentTable(fixture.deps, ORDERS));
  const nothing = { files: [], removed: [], rows: 0, rowsDeleted: 0 };
  const written = { ...nothing, schema: SCHEMA, spec: UNPARTITIONED };
  const staged = await stageBranch(fixture.deps, run, {
    ...written,
    strategy: 'append_only',
    pinned,
  });
  if (staged === 'fenced' || 'code' in staged) throw new Error('nothing was staged');
  await publishTable(fixture.deps, run, { ...staged, inputSnapshots: {} }, []);
}

/** Ended runs, a minute apart, the youngest first, with their dependent rows. */
async function insertRuns(count: number): Promise<void> {
  await query(
    `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, status, failure_code, max_attempts,
       created_at, started_at, finished_at, last_seq)
     SELECT gen_random_uuid(), p.id, v.id, p.namespace, p.layer, p.name, 'failed', 'sql_error', 1, at, at, at, 2
     FROM generate_series(1, $1) AS n, LATERAL (SELECT now() - n * interval '1 minute' AS at) AS t,
       pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id WHERE p.name = 'orders'`,
    [count],
  );
  await query(
    `INSERT INTO run_events (run_id, seq, attempt, kind, at, level, message)
     SELECT id, n, 1, 'log', now(), 'info', 'line' FROM runs, generate_series(1, 2) AS n WHERE status = 'failed'`,
  );
  await query(
    `INSERT INTO run_attempts (run_id, attempt, runner_id, started_at) SELECT id, 1, 'x', now() FROM runs WHERE status = 'failed'`,
  );
}

/** The oldest run without a reason to be kept. */
async function oldest(change: string, values: unknown[] = []): Promise<string> {
  const [row] = await query<{ id: string }>(
    `UPDATE runs SET trigger = 'named', ${change} WHERE id = (SELECT id FROM runs
       WHERE trigger = 'manual' AND status = 'failed' ORDER BY created_at LIMIT 1) RETURNING id`,
    values,
  );
  return row?.id ?? '';
}

test('of thousands of runs the newest stay, and older ones stay while another row names them', async () => {
  const { deps } = fixture;
  const publishedId = await fixture.newRun();
  await publish(await fixture.claim(publishedId, 1));
  await query(
    `UPDATE runs SET created_at = now() - interval '300 days', finished_at = now() - interval '300 days' WHERE id = $1`,
    [publishedId],
  );
  const archivedId = await fixture.newRun();
  await query(
    `UPDATE runs SET status = 'cancelled', created_at = now() - interval '30 days', finished_at = now() - interval '30 days' WHERE id = $1`,
    [archivedId],
  );
  await query(
    `INSERT INTO run_events (run_id, seq, attempt, kind, at, level, message) VALUES ($1, 9, 1, 'log', now(), 'info', 'x')`,
    [archivedId],
  );
  while (await archiveNext(deps, 86_400_000));
  const [archived] = await query<{ path: string }>(
    'SELECT logs_s3_path AS path FROM runs WHERE id = $1',
    [archivedId],
  );
  const file = pathFromUri(deps.tables.uri(archived?.path ?? ''));
  await access(file);
  await insertRuns(RUNS);
  const newest = await idsOf(
    `id IN (SELECT id FROM runs ORDER BY created_at DESC, id DESC LIMIT ${KEPT})`,
  );

  const pending = await fixture.newRun();
  await query(`UPDATE runs SET created_at = now() - interval '200 days' WHERE id = $1`, [pending]);
  const undecided = await oldest(`failure_code = 'quality_failed'`);
  const decided = await oldest(`failure_code = 'quality_failed'`);
  await query(
    `INSERT INTO run_actions (run_id, action, at) VALUES ($1, 'discard', now() - interval '2 days')`,
    [decided],
  );
  const repeated = await oldest(`priority = 3`);
  await query(`UPDATE runs SET rerun_of = $1 WHERE id = $2`, [repeated, [...newest][0]]);
  const leftovers = await oldest('has_leftovers = true');
  const moving = await oldest('priority = 4');
  await query(
    `INSERT INTO landing_reads (run_id, attempt, zone, files, files_total, bytes_total, archive) VALUES ($1, 1, 'z', '[]', 0, 0, 'due')`,
    [moving],
  );
  const answered = await oldest('priority = 5');
  await query(
    `INSERT INTO idempotency_keys (key, request, run_id, expires_at) VALUES ('k', '{}', $1, now() + interval '1 hour'), ('old', '{}', $2, now() - interval '1 hour')`,
    [answered, decided],
  );
  const read = await oldest(`output_snapshot_id = '4711'`);
  const unread = await oldest(`output_snapshot_id = '4712'`);
  await query(
    `INSERT INTO pipelines (id, namespace, layer, name, current_version) VALUES (gen_random_uuid(), $1, $2, $3, 1)`,
    [OTHER.namespace, OTHER.layer, OTHER.name],
  );
  await query(
    `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, max_attempts, input_snapshots)
     SELECT gen_random_uuid(), p.id, v.id, p.namespace, p.layer, p.name, 1, '{"default.silver.orders": "4711"}'
     FROM pipelines p, pipeline_versions v WHERE p.name = 'report' LIMIT 1`,
  );

  await sweepPipeline(deps, ORDERS, { maxPerPipeline: KEPT, maxAgeMs: 0 });

  const left = await idsOf(`pipeline = 'orders'`);
  const named = [publishedId, pending, undecided, repeated, leftovers, moving, answered, read];
  for (const id of named) expect(left).toContain(id);
  for (const id of [decided, unread, archivedId]) expect(left).not.toContain(id);
  // The pending run was created last, whatever its date is, so it does not move the bound.
  const others = [...left].filter((id) => !named.includes(id));
  expect(new Set(others)).toEqual(newest);
  await expect(access(file)).rejects.toThrow('ENOENT');
  const [orphans] = await query<{ count: number }>(
    `SELECT (SELECT count(*) FROM run_events e WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = e.run_id))
      + (SELECT count(*) FROM run_attempts e WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = e.run_id)) AS count`,
  );
  expect(orphans?.count).toBe(0);

  await query(`DELETE FROM runs WHERE pipeline = 'report'`);
  await sweepPipeline(deps, ORDERS, { maxPerPipeline: 0, maxAgeMs: 3_600_000 });
  const young = await idsOf(`pipeline = 'orders' AND finished_at > now() - interval '1 hour'`);
  const after = await idsOf(`pipeline = 'orders'`);
  expect(after).not.toContain(read);
  expect([...after].filter((id) => !young.has(id)).toSorted()).toEqual(
    named.filter((id) => id !== read && (id !== repeated || after.has(id))).toSorted(),
  );
  // Its table keeps its snapshot, and it is the last success too.
  expect(after).toContain(publishedId);
}, 120_000);

test('a run stays while the table keeps its snapshot, even after later successes', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    const id = await fixture.newRun();
    await publish(await fixture.claim(id, 1));
    ids.push(id);
  }
  await query(
    `UPDATE runs SET created_at = created_at - interval '300 days', finished_at = finished_at - interval '300 days' WHERE id = ANY($1)`,
    [ids],
  );
  await sweepPipeline(fixture.deps, ORDERS, { maxPerPipeline: 1, maxAgeMs: 86_400_000 });
  const left = await idsOf();
  for (const id of ids) expect(left).toContain(id);
});

test('the query for runs that other runs have read uses its index', async () => {
  const { pool } = fixture.deps.db;
  const client = await pool.connect();
  try {
    await client.query('SET enable_seqscan = off');
    const plan = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT 1 FROM runs r WHERE r.id = gen_random_uuid() AND NOT EXISTS (SELECT 1 FROM runs k
         WHERE k.input_snapshots <> '{}' AND k.input_snapshots @> jsonb_build_object('a'::text, r.output_snapshot_id)
         AND k.pipeline_id <> r.pipeline_id)`,
    );
    const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).toContain('runs_inputs_idx');
  } finally {
    client.release(true);
  }
});
