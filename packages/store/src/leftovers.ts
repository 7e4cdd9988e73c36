import type { PipelineRef } from '@rat/domain';
import type { Database, Queryable } from './database.ts';

/** A run that was ended over its runner's head, and the table that its files belong to. */
export interface Leftovers {
  runId: string;
  table: PipelineRef;
}

/** Marks a run that has ended unpublished: its files may still be there. Belongs in the transaction that ended it. */
export async function markLeftovers(db: { pool: Queryable }, runId: string): Promise<void> {
  await db.pool.query('UPDATE runs SET has_leftovers = true WHERE id = $1', [runId]);
}

/** Marked runs, at most `limit`. */
export async function findLeftovers(db: Database, limit: number): Promise<Leftovers[]> {
  const answer = await db.pool.query<PipelineRef & { id: string }>({
    name: 'find-leftovers',
    text: 'SELECT id, namespace, layer, pipeline AS name FROM runs WHERE has_leftovers LIMIT $1',
    values: [limit],
  });
  return answer.rows.map(({ id, ...table }) => ({ runId: id, table }));
}

/** The files of the run are gone. */
export async function forgetLeftovers(db: Database, runId: string): Promise<void> {
  await db.pool.query('UPDATE runs SET has_leftovers = false WHERE id = $1', [runId]);
}
