import type { PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** A run that ended unpublished and may have staged files or a branch, and its table. */
export interface RunToCleanUp {
  runId: string;
  table: PipelineRef;
}

/**
 * Runs that are marked for cleanup, without those in `except`, at most `limit`. The statement that
 * ends a run marks it.
 */
export async function findRunsToCleanUp(
  db: Database,
  limit: number,
  except: readonly string[] = [],
): Promise<RunToCleanUp[]> {
  const answer = await db.pool.query<PipelineRef & { id: string }>({
    name: 'find-runs-to-clean-up',
    text: `SELECT id, namespace, layer, pipeline AS name
      FROM runs
      WHERE has_leftovers AND NOT id = ANY ($2::uuid[])
      LIMIT $1`,
    values: [limit, except],
  });
  return answer.rows.map(({ id, ...table }) => ({ runId: id, table }));
}

/** Clears the mark: the run’s branch and files are deleted. */
export async function markCleanedUp(db: Database, runId: string): Promise<void> {
  await db.pool.query('UPDATE runs SET has_leftovers = false WHERE id = $1 AND has_leftovers', [
    runId,
  ]);
}
