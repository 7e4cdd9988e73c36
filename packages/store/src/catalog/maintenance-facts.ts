import { formatRef, type PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';

/**
 * Which of these runs have ended in a way that nobody will ever publish their branch: all that ended, but for those
 * whose failed tests wait for a decision; and runs that are no longer known.
 */
export async function listRunsWithoutBranch(
  db: Database,
  runIds: readonly string[],
): Promise<Set<string>> {
  if (runIds.length === 0) return new Set();
  const answer = await db.pool.query<{ id: string }>(
    `SELECT asked.id FROM unnest($1::uuid[]) AS asked(id) LEFT JOIN runs r ON r.id = asked.id
     WHERE r.id IS NULL OR r.status IN ('success', 'cancelled')
       OR (r.status = 'failed' AND (r.failure_code <> 'quality_failed'
         OR EXISTS (SELECT 1 FROM run_actions a WHERE a.run_id = r.id)))`,
    [runIds],
  );
  return new Set(answer.rows.map((row) => row.id));
}

/**
 * The snapshots of a table, in decimal, that runs since then have read, which is what they would read again, and those that
 * reproductions are going to read.
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

/** For how long the run has been running that began first; 0 when none is. What was main's then may still be read. */
export async function longestRunningMs(db: Database): Promise<number> {
  const answer = await db.pool.query<{ ms: number }>(
    `SELECT coalesce(max(extract(epoch FROM now() - started_at)) * 1000, 0)::float8 AS ms FROM runs WHERE status = 'running'`,
  );
  return answer.rows[0]?.ms ?? 0;
}

/** The runs of a table that have not ended: files of theirs may be in the making. */
export async function listUnfinishedRuns(db: Database, table: PipelineRef): Promise<string[]> {
  const answer = await db.pool.query<{ id: string }>(
    `SELECT id FROM runs WHERE namespace = $1 AND layer = $2 AND pipeline = $3 AND status IN ('pending', 'running')`,
    [table.namespace, table.layer, table.name],
  );
  return answer.rows.map((row) => row.id);
}
