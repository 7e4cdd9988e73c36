import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isTerminal, RUN_STATUSES, RUN_TRANSITIONS, type RunStatus } from '@rat/domain';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { createRun } from '../runs/create-run.ts';
import { withTransaction } from './database.ts';
import { modelsAsSql } from './migrate.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

/** The columns that each status requires, so that only the transition itself can be refused. */
const COLUMNS: Record<RunStatus, string> = {
  pending: `slot = NULL, lease_expires_at = NULL, finished_at = NULL, failure_code = NULL`,
  running: `lease_expires_at = now(), finished_at = NULL, failure_code = NULL, attempt = 1, runner_id = 'x',
    started_at = now(), slot = (SELECT coalesce(max(slot), 0) + 1 FROM runs)`,
  success: `slot = NULL, lease_expires_at = NULL, finished_at = now(), failure_code = NULL, rows_written = 1`,
  failed: `slot = NULL, lease_expires_at = NULL, finished_at = now(), failure_code = 'internal'`,
  cancelled: `slot = NULL, lease_expires_at = NULL, finished_at = now(), failure_code = NULL`,
};

const WAY_THERE: Record<RunStatus, RunStatus[]> = {
  pending: [],
  running: ['running'],
  success: ['running', 'success'],
  failed: ['running', 'failed'],
  cancelled: ['cancelled'],
};

async function move(runId: string, to: RunStatus): Promise<void> {
  await fixture.db.pool.query(`UPDATE runs SET status = $2, ${COLUMNS[to]} WHERE id = $1`, [
    runId,
    to,
  ]);
}

async function runIn(status: RunStatus): Promise<string> {
  const { id } = await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
  for (const step of WAY_THERE[status]) await move(id, step);
  return id;
}

const CELLS = RUN_STATUSES.flatMap((from) =>
  RUN_STATUSES.filter((to) => to !== from).map((to) => ({ from, to })),
);

describe('the database', () => {
  test.each(CELLS)(
    'the database allows $from → $to exactly when the transition table does',
    async ({ from, to }) => {
      const allowed = Object.values(RUN_TRANSITIONS[from]).includes(to);
      const moving = move(await runIn(from), to);
      if (allowed) await expect(moving).resolves.toBeUndefined();
      else await expect(moving).rejects.toThrow(`may not move from ${from} to ${to}`);
    },
  );

  test.each([
    [
      'a terminal run without an end',
      'success',
      'finished_at = NULL',
      'runs_terminal_iff_finished',
    ],
    [
      'an end of a run that goes on',
      'running',
      'finished_at = now()',
      'runs_terminal_iff_finished',
    ],
    [
      'a running run without a lease',
      'running',
      'lease_expires_at = NULL',
      'runs_running_has_lease',
    ],
    [
      'a lease of a run that does not run',
      'failed',
      'lease_expires_at = now()',
      'runs_running_has_lease',
    ],
    [
      'a failed run without a reason',
      'failed',
      'failure_code = NULL',
      'runs_failed_iff_failure_code',
    ],
    ['a running run without a slot', 'running', 'slot = NULL', 'runs_running_iff_slot'],
    ['a slot of a run that does not run', 'failed', 'slot = 1', 'runs_running_iff_slot'],
    ['a slot beyond the limit', 'running', 'concurrency_limit = 0', 'runs_slot_within_limit'],
    ['a priority of no meaning', 'running', 'priority = 101', 'runs_priority_known'],
    ['a success without a count', 'success', 'rows_written = NULL', 'runs_success_has_rows'],
  ] as const)('refuses %s', async (_, status, change, constraint) => {
    const id = await runIn(status);
    await expect(
      fixture.db.pool.query(`UPDATE runs SET ${change} WHERE id = $1`, [id]),
    ).rejects.toThrow(constraint);
  });

  test('the database adds the first event to every new run, and none to a run with a history', async () => {
    const { id } = await createRun(fixture.db, { pipeline: ORDERS, trigger: { kind: 'manual' } });
    const copied = await fixture.db.pool.query<{ id: string; last_seq: number }>(
      `INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, max_attempts, last_seq)
       SELECT gen_random_uuid(), pipeline_id, pipeline_version_id, namespace, layer, pipeline, 1, n
       FROM runs, generate_series(1, 2) n WHERE id = $1 RETURNING id, last_seq`,
      [id],
    );
    for (const run of copied.rows) {
      const events = await fixture.db.pool.query(
        `SELECT e.seq, e.attempt, e.kind, e.payload, e.at = r.created_at AS at_creation
         FROM run_events e JOIN runs r ON r.id = e.run_id WHERE run_id = $1`,
        [run.id],
      );
      const payload = { status: 'pending', rows_written: null, duration_ms: null, error: null };
      const first = { seq: 1, attempt: 0, kind: 'status', payload, at_creation: true };
      expect(events.rows).toEqual(run.last_seq === 1 ? [first] : []);
    }
  });

  test('the migrated schema has the columns, keys and indexes of the Prisma models', async () => {
    expect(RUN_STATUSES.filter(isTerminal)).toHaveLength(3);
    const models = (await modelsAsSql(fixture.url)).replace(/^CREATE SCHEMA.*$/m, '');
    const expected = await withTransaction(fixture.db.pool, async (client) => {
      await client.query('CREATE SCHEMA models');
      await client.query('SET LOCAL search_path TO models');
      await client.query(models);
      const found = await describeSchema(client, 'models');
      await client.query('DROP SCHEMA models CASCADE');
      return found;
    });
    const actual = await describeSchema(fixture.db.pool, 'public');
    expect(expected.columns.length).toBeGreaterThan(40);
    expect(actual.columns).toEqual(expected.columns);
    for (const index of expected.indexes) expect(actual.indexes).toContain(index);
  });
});

async function describeSchema(
  client: { query: typeof fixture.db.pool.query },
  schema: string,
): Promise<{ columns: string[]; indexes: string[] }> {
  const columns = await client.query<{ column: string }>(
    `SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, datetime_precision, is_nullable,
       column_default) AS column
     FROM information_schema.columns WHERE table_schema = $1 AND table_name <> '_prisma_migrations' ORDER BY 1`,
    [schema],
  );
  const indexes = await client.query<{ index: string }>(
    `SELECT replace(indexdef, $1 || '.', '') AS index FROM pg_indexes WHERE schemaname = $1 ORDER BY 1`,
    [schema],
  );
  return {
    columns: columns.rows.map((row) => row.column),
    indexes: indexes.rows.map((row) => row.index),
  };
}
