import type { Database } from '../db/database.ts';

/** A run that did not start in time and is now cancelled. */
export interface ExpiredRun {
  runId: string;
  seq: number;
}

/**
 * Cancels pending runs that did not start before their `expires_at`, at most `limit`. A run that
 * has started once does not expire, even while it waits for another attempt. The claim refuses an
 * expired run from the same moment on, so it cannot start in between.
 */
export async function expireRuns(db: Database, limit: number): Promise<ExpiredRun[]> {
  const answer = await db.pool.query<{ id: string; last_seq: number }>({
    ...EXPIRE,
    values: [limit],
  });
  return answer.rows.map((row) => ({ runId: row.id, seq: row.last_seq }));
}

/**
 * SKIP LOCKED: any number of replicas may run this, and it does not wait for a claim or a cancel in
 * progress.
 */
const EXPIRE = {
  name: 'expire-runs',
  text: `WITH expired AS (
      UPDATE runs SET
        status = 'cancelled',
        finished_at = now(),
        cancel_requested_at = now(),
        cancel_stopped_at = now(),
        cancel_phase = 'pending',
        cancel_reason = 'expired: nobody started it before '
          || to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        last_seq = last_seq + 1
      WHERE status = 'pending' AND id IN (
        SELECT id
        FROM runs
        WHERE status = 'pending' AND attempt = 0 AND expires_at <= now()
        ORDER BY expires_at
        LIMIT $1
        FOR UPDATE SKIP LOCKED
      )
      RETURNING id, attempt, last_seq, cancel_reason
    ), event AS (
      INSERT INTO run_events (run_id, seq, attempt, kind, at, payload)
      SELECT
        id,
        last_seq,
        attempt,
        'status',
        now(),
        jsonb_build_object(
          'status', 'cancelled',
          'rows_written', NULL,
          'duration_ms', NULL,
          'error', cancel_reason
        )
      FROM expired
    )
    SELECT id, last_seq FROM expired`,
};
