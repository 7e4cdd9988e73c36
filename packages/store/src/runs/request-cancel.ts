import type { RunStatus } from '@rat/domain';
import { withTransaction, type Database } from '../db/database.ts';
import { settleAttempt, type SettleAnswer } from './settle-attempt.ts';

/**
 * - `cancelled`: the run was pending and never executes.
 * - `requested`: the run is running; from this commit on it can end only as `cancelled`.
 * - `refused`: it had already ended.
 */
export type CancelAnswer =
  | { kind: 'cancelled'; seq: number }
  | { kind: 'requested'; attempt: number; seq: number }
  | { kind: 'refused'; status: RunStatus }
  | { kind: 'not_found' };

/** The reason of a cancel and its author, both as the client states them. */
export interface CancelRequest {
  reason?: string | undefined;
  requestedBy?: string | undefined;
}

/**
 * Cancels a pending run, or flags a running one. The row lock orders the cancel against the claim
 * and the publish: the first to commit wins. If a run gets several requests, its receipt shows the
 * first.
 *
 * @example
 * const answer = await requestCancel(db, runId, { reason });
 * if (answer.kind === 'requested') await hints.publish({ kind: 'cancel_requested', runId });
 */
export async function requestCancel(
  db: Database,
  runId: string,
  request: CancelRequest = {},
): Promise<CancelAnswer> {
  const words = [request.reason ?? null, request.requestedBy ?? null];
  return withTransaction(db.pool, async (client) => {
    const found = await client.query<{
      status: RunStatus;
      attempt: number;
      last_seq: number;
      requested: boolean;
    }>(
      `SELECT status, attempt, last_seq, cancel_requested_at IS NOT NULL AS requested
       FROM runs WHERE id = $1 FOR UPDATE`,
      [runId],
    );
    const run = found.rows[0];
    if (run === undefined) return { kind: 'not_found' };
    switch (run.status) {
      case 'pending':
        await client.query(CANCEL_PENDING, [runId, ...words]);
        return { kind: 'cancelled', seq: run.last_seq + 1 };
      case 'running':
        if (run.requested) return { kind: 'requested', attempt: run.attempt, seq: run.last_seq };
        await client.query(FLAG_RUNNING, [runId, ...words]);
        return { kind: 'requested', attempt: run.attempt, seq: run.last_seq + 1 };
      default:
        return { kind: 'refused', status: run.status };
    }
  });
}

/**
 * Ends a running run whose cancel was requested, when its runner has not confirmed the stop in
 * time. Later writes of the runner match zero rows, and the run is marked for cleanup.
 */
export async function forceCancel(
  db: Database,
  held: { runId: string; attempt: number },
): Promise<SettleAnswer> {
  return withTransaction(db.pool, async (client) => {
    const phases = await client.query<{ phases: [] }>('SELECT phases FROM runs WHERE id = $1', [
      held.runId,
    ]);
    const kept = phases.rows[0]?.phases ?? [];
    return settleAttempt({ pool: client }, held, { kind: 'cancel' }, kept);
  });
}

/**
 * Ends a pending run whose row the caller has locked. Nothing of it is being executed, so its
 * receipt is complete. If a dead attempt may have staged files, the run is marked for cleanup. $1:
 * id; $2: reason or NULL; $3: author or NULL.
 */
export const CANCEL_PENDING = `WITH cancelled AS (
    UPDATE runs SET
      status = 'cancelled',
      finished_at = now(),
      cancel_requested_at = now(),
      cancel_reason = $2::text,
      cancel_requested_by = $3::text,
      cancel_stopped_at = now(),
      cancel_phase = 'pending',
      has_leftovers = attempt > 0,
      duration_ms = round(extract(epoch FROM now()::timestamptz(3) - started_at) * 1000),
      last_seq = last_seq + 1
    WHERE id = $1::uuid
    RETURNING id, attempt, last_seq, duration_ms
  )
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
      'duration_ms', duration_ms,
      'error', NULL
    )
  FROM cancelled`;

/** Requests a running run to stop; lock and parameters as for CANCEL_PENDING. */
export const FLAG_RUNNING = `WITH flagged AS (
    UPDATE runs SET
      cancel_requested_at = now(),
      cancel_reason = $2::text,
      cancel_requested_by = $3::text,
      last_seq = last_seq + 1
    WHERE id = $1::uuid
    RETURNING id, attempt, last_seq
  )
  INSERT INTO run_events (run_id, seq, attempt, kind, at, level, message)
  SELECT id, last_seq, attempt, 'log', now(), 'warn', 'Cancel requested' FROM flagged`;
