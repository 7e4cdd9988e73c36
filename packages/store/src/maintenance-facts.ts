import { formatRef, type PipelineRef } from '@rat/domain';
import type { Database } from './database.ts';

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

/** The snapshots of a table, in decimal, that runs since then have read: what they would read again. */
export async function listReadSnapshots(
  db: Database,
  table: PipelineRef,
  sinceMs: number,
): Promise<string[]> {
  const answer = await db.pool.query<{ id: string }>(
    `SELECT DISTINCT input_snapshots ->> $1 AS id FROM runs
     WHERE created_at >= now() - $2 * interval '1 ms' AND input_snapshots ? $1`,
    [formatRef(table), sinceMs],
  );
  return answer.rows.map((row) => row.id);
}

/** The runs of a table that have not ended: files of theirs may be in the making. */
export async function listUnfinishedRuns(db: Database, table: PipelineRef): Promise<string[]> {
  const answer = await db.pool.query<{ id: string }>(
    `SELECT id FROM runs WHERE namespace = $1 AND layer = $2 AND pipeline = $3 AND status IN ('pending', 'running')`,
    [table.namespace, table.layer, table.name],
  );
  return answer.rows.map((row) => row.id);
}
