import type { Layer, RunKind, RunStatus } from '@rat/domain';
import type { Database } from '../db/database.ts';
import type { ChangeCursor } from '../run-stream/read-status-changes.ts';

/** A status change of a run, with what the run has read and written by now. */
export interface LineageMove {
  cursor: ChangeCursor;
  runId: string;
  at: Date;
  status: RunStatus;
  attempt: number;
  kind: RunKind;
  namespace: string;
  layer: Layer;
  pipeline: string;
  /** Whether any attempt has started. */
  hasStarted: boolean;
  /** `namespace.layer.name` → snapshot id in decimal. */
  inputSnapshots: Record<string, string>;
  /** The landing zones that it read, without their namespace, which is that of the run. */
  zones: string[];
  outputSnapshotId: string | undefined;
  rowsWritten: number | undefined;
  bytesWritten: number | undefined;
  error: string | undefined;
  interval: { start: Date; end: Date } | undefined;
}

/** The status changes of all runs after a cursor, as `readStatusChanges` orders them. */
export async function readLineageMoves(
  db: Database,
  query: { after: ChangeCursor; limit: number },
): Promise<LineageMove[]> {
  const { after, limit } = query;
  const values = [String(after.xid), String(after.position), limit];
  const answer = await db.pool.query<MoveRow>({ ...READ, values });
  return answer.rows.map(toMove);
}

interface MoveRow {
  xid: string;
  position: string;
  run_id: string;
  at: Date;
  status: RunStatus;
  attempt: number;
  kind: RunKind;
  namespace: string;
  layer: Layer;
  pipeline: string;
  has_started: boolean;
  input_snapshots: Record<string, string>;
  zones: string[] | null;
  output_snapshot_id: string | null;
  rows_written: number | null;
  bytes_written: number | null;
  error: string | null;
  interval_start: Date | null;
  interval_end: Date | null;
}

function toMove(row: MoveRow): LineageMove {
  const { interval_start: start, interval_end: end } = row;
  return {
    cursor: { xid: BigInt(row.xid), position: BigInt(row.position) },
    runId: row.run_id,
    at: row.at,
    status: row.status,
    attempt: row.attempt,
    kind: row.kind,
    namespace: row.namespace,
    layer: row.layer,
    pipeline: row.pipeline,
    hasStarted: row.has_started,
    inputSnapshots: row.input_snapshots,
    zones: row.zones ?? [],
    outputSnapshotId: row.output_snapshot_id ?? undefined,
    rowsWritten: row.rows_written ?? undefined,
    bytesWritten: row.bytes_written ?? undefined,
    error: row.error ?? undefined,
    interval: start === null || end === null ? undefined : { start, end },
  };
}

const READ = {
  name: 'read-lineage-moves',
  text: `SELECT
      e.commit_xid::text AS xid,
      e.position::text AS position,
      e.run_id,
      e.at,
      e.payload->>'status' AS status,
      e.attempt,
      r.kind,
      r.namespace,
      r.layer,
      r.pipeline,
      r.started_at IS NOT NULL AS has_started,
      r.input_snapshots,
      (SELECT array_agg(l.zone ORDER BY l.zone) FROM landing_reads l WHERE l.run_id = r.id) AS zones,
      r.output_snapshot_id,
      r.rows_written,
      (
        SELECT (p.phase->>'bytes')::float8
        FROM jsonb_array_elements(r.phases) AS p(phase)
        WHERE p.phase->>'name' = 'write'
        LIMIT 1
      ) AS bytes_written,
      r.error,
      r.interval_start,
      r.interval_end
    FROM run_events e JOIN runs r ON r.id = e.run_id
    WHERE e.kind = 'status'
      AND (e.commit_xid, e.position) > ($1::bigint, $2::bigint)
      AND e.commit_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY e.commit_xid, e.position
    LIMIT $3`,
};
