import type { Queryable } from '../db/database.ts';
import type { AttemptKey } from '../db/attempt-key.ts';

/**
 * How many earlier attempts of a run ended with a crash of the executor process. Attempts are
 * stored when they end, so the number survives the runner. A stalled or interrupted attempt does
 * not count.
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
