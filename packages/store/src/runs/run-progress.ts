import type { Phase } from '@rat/domain';

/** The newest progress of the attempt that is under way. */
export interface RunProgress {
  percent: number;
  /** Rows that the statement has read so far; undefined where the engine does not know. */
  rows: number | undefined;
  memoryBytes: number | undefined;
  phase: Phase | undefined;
  at: Date;
}

/** A progress inside of JSON, where times are text. */
export interface ProgressRow {
  percent: number;
  rows: number | null;
  memory_bytes: number | null;
  phase: Phase | null;
  at: string;
}

/** A long log may lie behind the newest progress; then the run shows none. */
const EVENTS_READ = 500;

/** SQL for the progress of a running run as JSON, for a statement that reads `runs r`. */
export const RUN_PROGRESS = `CASE WHEN r.status = 'running' THEN (
    SELECT e.payload || jsonb_build_object('phase', e.phase, 'at', e.at)
    FROM run_events e
    WHERE e.run_id = r.id
      AND e.seq > r.last_seq - ${EVENTS_READ}
      AND e.kind = 'progress'
      AND e.attempt = r.attempt
    ORDER BY e.seq DESC LIMIT 1
  ) END`;

export function toProgress(row: ProgressRow): RunProgress {
  return {
    percent: row.percent,
    rows: row.rows ?? undefined,
    memoryBytes: row.memory_bytes ?? undefined,
    phase: row.phase ?? undefined,
    at: new Date(row.at),
  };
}
