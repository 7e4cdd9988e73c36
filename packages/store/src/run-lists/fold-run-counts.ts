import { withTransaction, type Database } from '../db/database.ts';

/**
 * Folds at most `limit` deltas of the run counts into the counts, and returns how many it folded; 0
 * also when another process is folding. No total changes: folding only keeps the number of deltas
 * small that a list has to sum.
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

/**
 * One process folds at a time, so no transaction waits for the row of a count. The lock is released
 * when the transaction ends.
 */
const TRY_LOCK = {
  name: 'lock-fold',
  text: `SELECT pg_try_advisory_xact_lock(hashtextextended('rat run counts', 0)) AS taken`,
};

/**
 * One statement deletes the deltas and adds them to all counts that they belong to: a reader sees
 * both or neither. The order of commits does not matter for sums; a count may be negative until
 * later deltas are folded. Deltas are summed before they are expanded to scopes and grains, because
 * a burst is mostly of one pipeline and hour.
 */
const FOLD = {
  name: 'fold-run-counts',
  text: `WITH taken AS (
      DELETE FROM run_count_deltas
      WHERE id IN (SELECT id FROM run_count_deltas ORDER BY id LIMIT $1)
      RETURNING hour, namespace, layer, pipeline, status, delta
    ), changed AS (
      SELECT hour, namespace, layer, pipeline, status, sum(delta) AS delta
      FROM taken GROUP BY 1, 2, 3, 4, 5 HAVING sum(delta) <> 0
    ), counted AS (
      INSERT INTO run_counts AS c (grain, since, namespace, layer, pipeline, status, runs)
      SELECT
        cell.grain,
        cell.since,
        cell.in_namespace,
        cell.in_layer,
        cell.of_pipeline,
        status,
        sum(delta)
      FROM changed CROSS JOIN LATERAL run_count_cells(hour, namespace, layer, pipeline) AS cell
      GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(delta) <> 0
      ON CONFLICT (grain, namespace, layer, pipeline, since, status)
        DO UPDATE SET runs = c.runs + excluded.runs
    )
    SELECT count(*) AS folded FROM taken`,
};

const DROP_EMPTY = { name: 'drop-empty-counts', text: 'DELETE FROM run_counts WHERE runs = 0' };
