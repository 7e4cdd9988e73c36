import { withTransaction, type Database } from '../db/database.ts';

/**
 * Adds at most `limit` of what statements changed in the number of runs to the counts, and answers how many that were. 0
 * also when another process is at it. No total changes by it: it only keeps short what a list has to add up.
 */
export async function foldRunCounts(db: Database, limit: number): Promise<number> {
  return withTransaction(db.pool, async (client) => {
    const lock = await client.query<{ taken: boolean }>(TRY_LOCK);
    if (lock.rows[0]?.taken !== true) return 0;
    const answer = await client.query<{ folded: number }>({ ...FOLD, values: [limit] });
    const folded = answer.rows[0]?.folded ?? 0;
    if (folded > 0) await client.query(DROP_EMPTY);
    return folded;
  });
}

/** One folder at a time, so that nobody ever waits for a count's row. Freed by the transaction's end, after its commit. */
const TRY_LOCK = {
  name: 'lock-fold',
  text: `SELECT pg_try_advisory_xact_lock(hashtextextended('rat run counts', 0)) AS taken`,
};

/**
 * One statement takes the deltas away and adds them to all counts that they belong to: a reader sees both or neither. The
 * order of their commits is of no matter, for sums have none; a count that is below zero for a while is made up for by
 * deltas that wait. Summed before they are spread over scopes and grains, for a burst is mostly of one pipeline and hour.
 */
const FOLD = {
  name: 'fold-run-counts',
  text: `WITH taken AS (
      DELETE FROM run_count_deltas WHERE id IN (SELECT id FROM run_count_deltas ORDER BY id LIMIT $1)
      RETURNING hour, namespace, layer, pipeline, status, delta
    ), changed AS (
      SELECT hour, namespace, layer, pipeline, status, sum(delta) AS delta
      FROM taken GROUP BY 1, 2, 3, 4, 5 HAVING sum(delta) <> 0
    ), counted AS (
      INSERT INTO run_counts AS c (grain, since, namespace, layer, pipeline, status, runs)
      SELECT cell.grain, cell.since, cell.in_namespace, cell.in_layer, cell.of_pipeline, status, sum(delta)
      FROM changed CROSS JOIN LATERAL run_count_cells(hour, namespace, layer, pipeline) AS cell
      GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(delta) <> 0
      ON CONFLICT (grain, namespace, layer, pipeline, since, status) DO UPDATE SET runs = c.runs + excluded.runs
    )
    SELECT count(*) AS folded FROM taken`,
};

const DROP_EMPTY = { name: 'drop-empty-counts', text: 'DELETE FROM run_counts WHERE runs = 0' };
