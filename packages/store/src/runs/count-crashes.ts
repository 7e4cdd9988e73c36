import type { Queryable } from '../db/database.ts';
import type { AttemptKey } from '../db/attempt-key.ts';

/**
 * In how many earlier attempts of its run the executor process crashed. The attempts are recorded when they end, so the
 * number survives the runner. An attempt that stalled, or that a shutdown gave back, is none of them.
 */
export async function countCrashes(
  db: { pool: Queryable },
  { runId, attempt }: AttemptKey,
): Promise<number> {
  const answer = await db.pool.query<{ crashes: number }>({
    name: 'count-crashes',
    text: `SELECT count(*)::int AS crashes
      FROM run_attempts
      WHERE run_id = $1 AND attempt < $2 AND outcome = 'failed' AND failure ->> 'crash' IS NOT NULL`,
    values: [runId, attempt],
  });
  return answer.rows[0]?.crashes ?? 0;
}
