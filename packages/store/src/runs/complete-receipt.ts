import type { Database } from '../db/database.ts';
import { RUNNER_LIVE_MS } from '../runners/runners.ts';
import { endValues, type ExecutionEnd } from './settle-attempt.ts';
import type { AttemptKey } from '../db/attempt-key.ts';

/**
 * Records on a cancel's receipt when the runner stopped, if the run was ended by another process
 * before. Changes only the receipt, and only for the attempt that was cancelled. The runner's own
 * times replace those that rescue inferred. False: the run did not end cancelled in this attempt.
 */
export async function completeReceipt(
  db: Database,
  held: AttemptKey,
  end: ExecutionEnd,
): Promise<boolean> {
  const values = [held.runId, held.attempt, ...endValues(end)];
  const answer = await db.pool.query({ ...COMPLETE, values });
  return answer.rowCount === 1;
}

/** The status is in the guard and not in the SET: an ended run never changes its status. */
const COMPLETE = {
  name: 'complete-receipt',
  text: `UPDATE runs SET
      cancel_interrupted_at = CASE WHEN $3::float8 IS NOT NULL
        THEN greatest(cancel_requested_at, now() - $3 * interval '1 ms') END,
      cancel_stopped_at = greatest(cancel_requested_at, now() - $4::float8 * interval '1 ms'),
      cancel_phase = $5::varchar
    WHERE id = $1 AND attempt = $2 AND status = 'cancelled' AND cancel_requested_at IS NOT NULL`,
};

/**
 * How long to wait after a run ended: a runner that shuts down removes its row just before its
 * executors are closed.
 */
const CLOSING_MS = 10_000;

/**
 * Completes the receipts of cancelled runs whose runner is dead and whose executors died with it;
 * at most `limit`. Returns how many. A runner that was only frozen corrects its receipts when it
 * resumes.
 */
export async function confirmStops(db: Database, limit: number): Promise<number> {
  const answer = await db.pool.query({ ...CONFIRM, values: [limit, RUNNER_LIVE_MS, CLOSING_MS] });
  return answer.rowCount ?? 0;
}

/**
 * A runner that started under the same id after the run had ended is another process and does not
 * count as alive.
 */
const CONFIRM = {
  name: 'confirm-stops',
  text: `UPDATE runs SET cancel_stopped_at = now() WHERE id IN (
      SELECT r.id FROM runs r
      WHERE r.status = 'cancelled'
        AND r.cancel_requested_at IS NOT NULL
        AND r.cancel_stopped_at IS NULL
        AND r.finished_at < now() - $3 * interval '1 ms'
        AND NOT EXISTS (
          SELECT 1
          FROM runners u
          WHERE u.id = r.runner_id
            AND u.started_at < r.finished_at
            AND u.heartbeat_at > now() - $2 * interval '1 ms'
        )
      ORDER BY r.finished_at
      LIMIT $1
      FOR UPDATE SKIP LOCKED
    )
    AND cancel_stopped_at IS NULL`,
};
