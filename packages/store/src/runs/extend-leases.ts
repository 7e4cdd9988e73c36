import type { AttemptKey } from '../db/attempt-key.ts';
import type { Database } from '../db/database.ts';

/**
 * An attempt whose lease was extended. An attempt that is missing from the result is lost: the
 * runner stops it and writes nothing more.
 */
export interface ExtendedLease extends AttemptKey {
  cancelRequested: boolean;
}

/**
 * The heartbeat of a whole runner in one statement: extends the lease of every attempt that is
 * still its own, and returns the cancel flag in case the hint was lost.
 */
export async function extendLeases(
  db: Database,
  held: readonly AttemptKey[],
  leaseMs: number,
): Promise<ExtendedLease[]> {
  const answer = await db.pool.query<{ id: string; attempt: number; cancel_requested: boolean }>({
    ...EXTEND,
    values: [held.map((one) => one.runId), held.map((one) => one.attempt), leaseMs],
  });
  return answer.rows.map((row) => ({
    runId: row.id,
    attempt: row.attempt,
    cancelRequested: row.cancel_requested,
  }));
}

const EXTEND = {
  name: 'extend-leases',
  text: `UPDATE runs r SET lease_expires_at = now() + $3 * interval '1 ms'
    FROM unnest($1::uuid[], $2::int[]) AS held(id, attempt)
    WHERE r.id = held.id AND r.attempt = held.attempt AND r.status = 'running'
    RETURNING r.id, r.attempt, r.cancel_requested_at IS NOT NULL AS cancel_requested`,
};
