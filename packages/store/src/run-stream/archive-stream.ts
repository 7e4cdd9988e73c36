import type pg from 'pg';
import { withTransaction, type Database } from '../db/database.ts';
import { countLines } from './log-counts.ts';
import { toRunEvent, type EventRow, type RunEvent } from './read-events.ts';

/** The stream of an ended run, to be written to a file. */
export interface EndedStream {
  runId: string;
  finishedAt: Date;
  /** All of its rows in order, in pages. */
  pages: AsyncIterable<RunEvent[]>;
}

const PAGE_ROWS = 1_000;

/**
 * Moves one stream to a file: of the runs that ended more than `afterMs` ago, the one that ended
 * first. `write` stores the rows and returns the file's path; the same transaction then records the
 * path and the counts of the log, and deletes the rows. Returns false when there is no such run.
 *
 * Status rows are copied to the file and also kept in the table: the order of all runs' status
 * changes is read from them. The run's row stays locked, which delays only the removal of the run;
 * another process that archives takes the next run. If `write` or the commit fails, all rows are
 * still in the table, and a later call writes the file again.
 */
export async function archiveStream(
  db: Database,
  afterMs: number,
  write: (stream: EndedStream) => Promise<string>,
): Promise<boolean> {
  return withTransaction(db.pool, async (client) => {
    const found = await client.query<{ id: string; finished_at: Date; has_rows: boolean }>(TAKE, [
      afterMs,
    ]);
    const run = found.rows[0];
    if (run === undefined) return false;
    const path = run.has_rows
      ? await write({
          runId: run.id,
          finishedAt: run.finished_at,
          pages: readAll(client, run.id),
        })
      : null;
    await client.query(MARK, [run.id, path]);
    await client.query(`DELETE FROM run_events WHERE run_id = $1 AND kind <> 'status'`, [run.id]);
    return true;
  });
}

/** Counts the lines before they go: a reader of the run does not open the file for that. */
const MARK = `UPDATE runs r SET
    logs_s3_path = $2,
    archived_at = now(),
    log_counts = ${countLines('0')}
  WHERE r.id = $1`;

/** Locks the run's row without its key, so that inserts which only refer to the run do not wait. */
const TAKE = `SELECT r.id, r.finished_at,
    EXISTS (SELECT 1 FROM run_events e WHERE e.run_id = r.id AND e.kind <> 'status') AS has_rows
  FROM runs r
  WHERE r.finished_at IS NOT NULL
    AND r.archived_at IS NULL
    AND r.finished_at < now() - $1 * interval '1 ms'
  ORDER BY r.finished_at
  LIMIT 1
  FOR NO KEY UPDATE OF r SKIP LOCKED`;

async function* readAll(client: pg.PoolClient, runId: string): AsyncGenerator<RunEvent[], void> {
  let afterSeq = 0;
  for (;;) {
    // A range, as in `readStream`: a stream has no gap.
    const page = await client.query<EventRow>(
      `SELECT seq, attempt, kind, at, level, phase, message, payload FROM run_events
       WHERE run_id = $1 AND seq > $2 AND seq <= $2::bigint + $3 ORDER BY seq`,
      [runId, afterSeq, PAGE_ROWS],
    );
    if (page.rows.length > 0) yield page.rows.map(toRunEvent);
    if (page.rows.length < PAGE_ROWS) return;
    afterSeq = page.rows.at(-1)?.seq ?? afterSeq;
  }
}

/** The path of the archived log of each of these runs that has one. */
export async function listArchivedRuns(
  db: Database,
  runIds: readonly string[],
): Promise<Map<string, string>> {
  const answer = await db.pool.query<{ id: string; path: string }>(
    `SELECT id, logs_s3_path AS path FROM runs
     WHERE id = ANY($1::uuid[]) AND logs_s3_path IS NOT NULL`,
    [runIds],
  );
  return new Map(answer.rows.map((row) => [row.id, row.path]));
}
