import type { Database } from '../db/database.ts';
import { toRunEvent, type EventRow, type RunEvent } from './read-events.ts';

/** A page of a run's stream, or the path of the file that the stream was moved to. */
export type StreamPage = { kind: 'rows'; rows: RunEvent[] } | { kind: 'archived'; path: string };

/**
 * Reads up to `limit` rows of a run's stream after `afterSeq`, in order, unless the stream was moved to a
 * file. One statement reads both the rows and the path. So a reader in the middle of a stream never
 * mistakes the remaining status rows for the rest of the stream.
 */
export async function readStream(
  db: Database,
  query: { runId: string; afterSeq: number; limit: number },
): Promise<StreamPage> {
  const answer = await db.pool.query<EventRow & { logs_s3_path: string | null }>({
    ...READ,
    values: [query.runId, query.afterSeq, query.limit],
  });
  const path = answer.rows[0]?.logs_s3_path ?? undefined;
  if (path !== undefined) return { kind: 'archived', path };
  // The outer join returns one row without a seq when the run has no further rows.
  return { kind: 'rows', rows: answer.rows.filter((row) => row.seq !== null).map(toRunEvent) };
}

/**
 * A stream has no gap, so a page is a range of seqs. A LIMIT in place of the upper bound reads and sorts
 * the whole rest of the stream for each page, where the planner expects a short stream.
 */
const READ = {
  name: 'read-events',
  text: `SELECT r.logs_s3_path, e.* FROM runs r
    LEFT JOIN LATERAL (
      SELECT seq, attempt, kind, at, level, phase, message, payload FROM run_events
      WHERE run_id = r.id AND r.logs_s3_path IS NULL AND seq > $2 AND seq <= $2::bigint + $3) e ON true
    WHERE r.id = $1 ORDER BY e.seq`,
};
