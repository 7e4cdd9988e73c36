import { formatRef, type PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';

/**
 * The runs of these that can no longer be published, so that their branches may be dropped: ended
 * runs, except those whose failed tests await a decision, and ids of no known run.
 */
export async function listRunsWithoutBranch(
  db: Database,
  runIds: readonly string[],
): Promise<Set<string>> {
  if (runIds.length === 0) return new Set();
  const answer = await db.pool.query<{ id: string }>(
    `SELECT asked.id FROM unnest($1::uuid[]) AS asked(id) LEFT JOIN runs r ON r.id = asked.id
     WHERE r.id IS NULL
       OR r.status IN ('success', 'cancelled')
       OR (r.status = 'failed' AND (r.failure_code <> 'quality_failed'
         OR EXISTS (SELECT 1 FROM run_actions a WHERE a.run_id = r.id)))`,
    [runIds],
  );
  return new Set(answer.rows.map((row) => row.id));
}

/**
 * The snapshots of a table, in decimal, that maintenance must keep: those that runs of this period
 * have read and a reproduction would read again, and those that pending reproductions will read.
 */
export async function listReadSnapshots(
  db: Database,
  table: PipelineRef,
  sinceMs: number,
): Promise<string[]> {
  const answer = await db.pool.query<{ id: string }>(
    `SELECT DISTINCT input_snapshots ->> $1 AS id FROM runs
     WHERE created_at >= now() - $2 * interval '1 ms' AND input_snapshots ? $1
     UNION SELECT pinned_snapshots ->> $1 FROM runs
     WHERE status IN ('pending', 'running') AND pinned_snapshots ? $1`,
    [formatRef(table), sinceMs],
  );
  return answer.rows.map((row) => row.id);
}

/**
 * How long the oldest running run has been running; 0 when none is. A run may still read what was
 * current when it started.
 */
export async function longestRunningMs(db: Database): Promise<number> {
  const answer = await db.pool.query<{ ms: number }>(
    `SELECT coalesce(max(extract(epoch FROM now() - started_at)) * 1000, 0)::float8 AS ms
     FROM runs WHERE status = 'running'`,
  );
  return answer.rows[0]?.ms ?? 0;
}

/** The pending and running runs of a table. Their files may not be referenced yet. */
export async function listUnfinishedRuns(db: Database, table: PipelineRef): Promise<string[]> {
  const answer = await db.pool.query<{ id: string }>(
    `SELECT id FROM runs
     WHERE namespace = $1 AND layer = $2 AND pipeline = $3 AND status IN ('pending', 'running')`,
    [table.namespace, table.layer, table.name],
  );
  return answer.rows.map((row) => row.id);
}
