import type pg from 'pg';
import { withTransaction, type Database } from '../db/database.ts';
import { toRunEvent, type EventRow, type RunEvent } from './read-events.ts';

/** A stream that is about to be moved away. */
export interface EndedStream {
  runId: string;
  finishedAt: Date;
  /** All of its rows in order, page by page. */
  pages: AsyncIterable<RunEvent[]>;
}

const PAGE_ROWS = 1_000;

/**
 * Takes the stream of the run that ended first of those that ended more than `afterMs` ago, lets `write` put it into a
 * file, and in one transaction notes the file's path and deletes the rows; false when there was none to take.
 *
 * Status rows are in the file, and stay: the order of all runs' changes is read from them. The run's row is locked
 * meanwhile, which holds up nobody but the removal of the run, and whoever else would move the same stream takes the
 * next one. When `write` or the commit fails, all rows are still here, and what was written will be written again.
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
    await client.query('UPDATE runs SET logs_s3_path = $2, archived_at = now() WHERE id = $1', [
      run.id,
      path,
    ]);
    await client.query(`DELETE FROM run_events WHERE run_id = $1 AND kind <> 'status'`, [run.id]);
    return true;
  });
}

/** No key of the run changes, so whoever only refers to it need not wait. */
const TAKE = `SELECT r.id, r.finished_at,
    EXISTS (SELECT 1 FROM run_events e WHERE e.run_id = r.id AND e.kind <> 'status') AS has_rows
  FROM runs r
  WHERE r.finished_at IS NOT NULL AND r.archived_at IS NULL AND r.finished_at < now() - $1 * interval '1 ms'
  ORDER BY r.finished_at LIMIT 1 FOR NO KEY UPDATE OF r SKIP LOCKED`;

async function* readAll(client: pg.PoolClient, runId: string): AsyncGenerator<RunEvent[], void> {
  let afterSeq = 0;
  for (;;) {
    const page = await client.query<EventRow>(
      `SELECT seq, attempt, kind, at, level, phase, message, payload FROM run_events
       WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
      [runId, afterSeq, PAGE_ROWS],
    );
    if (page.rows.length > 0) yield page.rows.map(toRunEvent);
    if (page.rows.length < PAGE_ROWS) return;
    afterSeq = page.rows.at(-1)?.seq ?? afterSeq;
  }
}
