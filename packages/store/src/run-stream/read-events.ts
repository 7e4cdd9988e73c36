import type { LogLevel, Phase } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** One row of a run's stream. */
export interface RunEvent {
  seq: number;
  attempt: number;
  kind: 'status' | 'phase' | 'log' | 'progress';
  at: Date;
  level: LogLevel | undefined;
  phase: Phase | undefined;
  message: string | undefined;
  payload: unknown;
}

/**
 * Reads the rows of a run's stream after `afterSeq` in order, at most `limit`, and only of `kind`
 * if it is set.
 */
export async function readEvents(
  db: Database,
  query: { runId: string; afterSeq: number; limit: number; kind?: RunEvent['kind'] | undefined },
): Promise<RunEvent[]> {
  const answer = await db.pool.query<EventRow>({
    ...READ,
    values: [query.runId, query.afterSeq, query.limit, query.kind ?? null],
  });
  return answer.rows.map(toRunEvent);
}

export function toRunEvent(row: EventRow): RunEvent {
  return {
    seq: row.seq,
    attempt: row.attempt,
    kind: row.kind,
    at: row.at,
    level: row.level ?? undefined,
    phase: row.phase ?? undefined,
    message: row.message ?? undefined,
    payload: row.payload ?? undefined,
  };
}

/** A row of `run_events` as the statements of this folder select it. */
export interface EventRow {
  seq: number;
  attempt: number;
  kind: RunEvent['kind'];
  at: Date;
  level: LogLevel | null;
  phase: Phase | null;
  message: string | null;
  payload: unknown;
}

const READ = {
  name: 'read-stored-events',
  text: `SELECT seq, attempt, kind, at, level, phase, message, payload FROM run_events
    WHERE run_id = $1 AND seq > $2 AND ($4::text IS NULL OR kind = $4) ORDER BY seq LIMIT $3`,
};
