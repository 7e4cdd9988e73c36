import type { Database } from '../db/database.ts';
import { RUNNER_LIVE_MS } from '../runners/runners.ts';
import { endValues, type ExecutionEnd } from './settle-attempt.ts';
import type { AttemptKey } from '../db/attempt-key.ts';

/**
 * The runner's word that a cancelled run has stopped, when the run was ended over its head meanwhile. Touches nothing
 * but the receipt, and only of the attempt that was cancelled; who knows first hand overrules what was concluded. False:
 * the run did not end cancelled in this attempt.
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

/** The status is in the guard and not in the SET: a run that has ended stays as it ended. */
const COMPLETE = {
  name: 'complete-receipt',
  text: `UPDATE runs SET
      cancel_interrupted_at = CASE WHEN $3::float8 IS NOT NULL
        THEN greatest(cancel_requested_at, now() - $3 * interval '1 ms') END,
      cancel_stopped_at = greatest(cancel_requested_at, now() - $4::float8 * interval '1 ms'),
      cancel_phase = $5::varchar
    WHERE id = $1 AND attempt = $2 AND status = 'cancelled' AND cancel_requested_at IS NOT NULL`,
};

/** A runner that leaves in order forgets itself just before its executors are closed. */
const CLOSING_MS = 10_000;

/**
 * Completes the receipts of cancelled runs whose runner is dead, and its executors with it: at most `limit`, answers how
 * many. A runner that was only frozen corrects it when it wakes.
 */
export async function confirmStops(db: Database, limit: number): Promise<number> {
  const answer = await db.pool.query({ ...CONFIRM, values: [limit, RUNNER_LIVE_MS, CLOSING_MS] });
  return answer.rowCount ?? 0;
}

/** One that began under the same name after the run had ended is another process. */
const CONFIRM = {
  name: 'confirm-stops',
  text: `UPDATE runs SET cancel_stopped_at = now() WHERE id IN (
      SELECT r.id FROM runs r
      WHERE r.status = 'cancelled' AND r.cancel_requested_at IS NOT NULL AND r.cancel_stopped_at IS NULL
        AND r.finished_at < now() - $3 * interval '1 ms'
        AND NOT EXISTS (SELECT 1 FROM runners u WHERE u.id = r.runner_id AND u.started_at < r.finished_at
          AND u.heartbeat_at > now() - $2 * interval '1 ms')
      ORDER BY r.finished_at LIMIT $1 FOR UPDATE SKIP LOCKED)
    AND cancel_stopped_at IS NULL`,
};
