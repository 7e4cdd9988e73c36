import type { Database } from '../db/database.ts';
import { toRunEvent, type EventRow, type RunEvent } from './read-events.ts';

/** A piece of a run's stream; or where the stream is, when it is no longer here. */
export type StreamPage = { kind: 'rows'; rows: RunEvent[] } | { kind: 'archived'; path: string };

/**
 * As `readEvents`, unless the stream was moved to a file: the rows and whether they are still all of them are read in one
 * statement, so a reader in the middle of a stream that is moved away never takes what is left of it for the whole.
 */
export async function readStream(
  db: Database,
  query: { runId: string; afterSeq: number; limit: number; kind?: RunEvent['kind'] | undefined },
): Promise<StreamPage> {
  const answer = await db.pool.query<EventRow & { logs_s3_path: string | null }>({
    ...READ,
    values: [query.runId, query.afterSeq, query.limit, query.kind ?? null],
  });
  const path = answer.rows[0]?.logs_s3_path ?? undefined;
  if (path !== undefined) return { kind: 'archived', path };
  // A run without a further row is one row that has no seq.
  return { kind: 'rows', rows: answer.rows.filter((row) => row.seq !== null).map(toRunEvent) };
}

const READ = {
  name: 'read-events',
  text: `SELECT r.logs_s3_path, e.* FROM runs r
    LEFT JOIN LATERAL (
      SELECT seq, attempt, kind, at, level, phase, message, payload FROM run_events
      WHERE run_id = r.id AND r.logs_s3_path IS NULL AND seq > $2 AND ($4::text IS NULL OR kind = $4)
      ORDER BY seq LIMIT $3) e ON true
    WHERE r.id = $1 ORDER BY e.seq`,
};
