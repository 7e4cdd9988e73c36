import type { Database } from '../db/database.ts';
import { toRunEvent, type EventRow, type RunEvent } from './read-events.ts';
import type { StreamPage } from './read-stream.ts';

/**
 * Like `readStream`, from the end: the last `limit` rows of a run's stream between `afterSeq` and
 * `beforeSeq`, both excluded, the newest first.
 *
 * @example
 * const page = await readStreamBack(db, { runId, afterSeq: 0, beforeSeq: 900, limit: 500, kind: 'log' });
 * if (page.kind === 'rows') page.rows[0]?.seq; // at most 899
 */
export async function readStreamBack(
  db: Database,
  query: {
    runId: string;
    afterSeq: number;
    beforeSeq: number;
    limit: number;
    kind: RunEvent['kind'];
  },
): Promise<StreamPage> {
  const { runId, afterSeq, beforeSeq, limit, kind } = query;
  const answer = await db.pool.query<EventRow & { logs_s3_path: string | null }>({
    ...READ,
    values: [runId, afterSeq, beforeSeq, limit, kind],
  });
  const path = answer.rows[0]?.logs_s3_path ?? undefined;
  if (path !== undefined) return { kind: 'archived', path };
  // The outer join returns one row without a seq when the run has no such rows.
  return { kind: 'rows', rows: answer.rows.filter((row) => row.seq !== null).map(toRunEvent) };
}

const READ = {
  name: 'read-events-back',
  text: `SELECT r.logs_s3_path, e.* FROM runs r
    LEFT JOIN LATERAL (
      SELECT seq, attempt, kind, at, level, phase, message, payload FROM run_events
      WHERE run_id = r.id AND r.logs_s3_path IS NULL AND seq > $2 AND seq < $3 AND kind = $5
      ORDER BY seq DESC LIMIT $4) e ON true
    WHERE r.id = $1 ORDER BY e.seq DESC`,
};
