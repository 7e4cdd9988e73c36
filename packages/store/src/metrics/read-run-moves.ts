import type { FailureCode, Layer, PhaseRecord, RunAttempt, RunKind, RunStatus } from '@rat/domain';
import type { Database } from '../db/database.ts';
import type { ChangeCursor } from '../run-stream/read-status-changes.ts';

/** What one status change of one run adds to the metrics of the installation. */
export interface RunMove {
  cursor: ChangeCursor;
  /** The status that the run has from this change on. */
  status: RunStatus;
  /** Whether the change created the run. */
  isNew: boolean;
  layer: Layer;
  kind: RunKind;
  /** The text of the run's trigger. */
  trigger: string;
  isRerun: boolean;
  isReproduction: boolean;
  /** What made the run instead of a request: the kind of its source. */
  sourceKind: string | undefined;
  /** Set when the change created a run for a due time. */
  fireLagMs: number | undefined;
  /** Set when the change started the first attempt. */
  waitedMs: number | undefined;
  /** Set when the change ended an attempt. */
  attempt: { outcome: RunAttempt['outcome']; code: FailureCode | undefined } | undefined;
  /** Set when the change ended the run. */
  end: RunEnd | undefined;
}

/** The facts of a run that has ended. */
export interface RunEnd {
  code: FailureCode | undefined;
  /** Undefined for a run that never started. */
  durationMs: number | undefined;
  phases: PhaseRecord[];
  rowsWritten: number;
  /** Set when a running attempt was cancelled and its stop is confirmed. */
  cancelMs: number | undefined;
}

/**
 * Returns the status changes of all runs after a cursor, in their order, at most `limit`, with what
 * they add to metrics. As in `readStatusChanges`, a change is returned only after every transaction
 * older than its own has ended, so no reader of the sequence counts a run twice or misses one.
 */
export async function readRunMoves(
  db: Database,
  query: { after: ChangeCursor; limit: number },
): Promise<RunMove[]> {
  const { after, limit } = query;
  const values = [String(after.xid), String(after.position), limit];
  const answer = await db.pool.query<MoveRow>({ ...READ, values });
  return answer.rows.map(toMove);
}

interface MoveRow {
  xid: string;
  position: string;
  status: RunStatus;
  is_new: boolean;
  layer: Layer;
  kind: RunKind;
  trigger: string;
  is_rerun: boolean;
  is_reproduction: boolean;
  source_kind: string | null;
  fire_lag_ms: number | null;
  waited_ms: number | null;
  outcome: RunAttempt['outcome'] | null;
  attempt_code: FailureCode | null;
  has_ended: boolean;
  code: FailureCode | null;
  duration_ms: number | null;
  phases: PhaseRecord[];
  rows_written: number | null;
  cancel_ms: number | null;
}

function toMove(row: MoveRow): RunMove {
  return {
    cursor: { xid: BigInt(row.xid), position: BigInt(row.position) },
    status: row.status,
    isNew: row.is_new,
    layer: row.layer,
    kind: row.kind,
    trigger: row.trigger,
    isRerun: row.is_rerun,
    isReproduction: row.is_reproduction,
    sourceKind: row.source_kind ?? undefined,
    fireLagMs: row.fire_lag_ms ?? undefined,
    waitedMs: row.waited_ms ?? undefined,
    attempt:
      row.outcome === null
        ? undefined
        : { outcome: row.outcome, code: row.attempt_code ?? undefined },
    end: row.has_ended ? toEnd(row) : undefined,
  };
}

function toEnd(row: MoveRow): RunEnd {
  return {
    code: row.code ?? undefined,
    durationMs: row.duration_ms ?? undefined,
    phases: row.phases,
    rowsWritten: row.rows_written ?? 0,
    cancelMs: row.cancel_ms ?? undefined,
  };
}

/**
 * - The row of an attempt and its status event have the time of one transaction. So an attempt joins
 *   only the change that ended it, and not a later cancel of the waiting run.
 * - The facts of the end are read from the run, which never changes after it.
 * - A change of a run that retention has deleted meanwhile is not counted.
 */
const READ = {
  name: 'read-run-moves',
  text: `SELECT
      e.commit_xid::text AS xid,
      e.position::text AS position,
      e.payload->>'status' AS status,
      e.seq = 1 AS is_new,
      r.layer,
      r.kind,
      r.trigger,
      r.rerun_of IS NOT NULL AS is_rerun,
      r.pinned_snapshots IS NOT NULL AS is_reproduction,
      CASE WHEN r.source_id IS NOT NULL THEN coalesce(f.source_kind, 'schedule') END AS source_kind,
      CASE WHEN e.seq = 1 THEN f.lag_ms END AS fire_lag_ms,
      CASE
        WHEN e.payload->>'status' = 'running' AND e.attempt = 1
        THEN extract(epoch FROM e.at - r.created_at)::float8 * 1000
      END AS waited_ms,
      a.outcome,
      a.failure->>'code' AS attempt_code,
      e.payload->>'status' IN ('success', 'failed', 'cancelled') AS has_ended,
      r.failure_code AS code,
      r.duration_ms,
      r.phases,
      r.rows_written,
      CASE
        WHEN a.outcome = 'cancelled'
        THEN extract(epoch FROM r.cancel_stopped_at - r.cancel_requested_at)::float8 * 1000
      END AS cancel_ms
    FROM run_events e
      JOIN runs r ON r.id = e.run_id
      LEFT JOIN firings f ON f.id = r.firing_id
      LEFT JOIN run_attempts a
        ON a.run_id = e.run_id AND a.attempt = e.attempt AND a.finished_at = e.at
    WHERE e.kind = 'status'
      AND (e.commit_xid, e.position) > ($1::bigint, $2::bigint)
      AND e.commit_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY e.commit_xid, e.position
    LIMIT $3`,
};
