import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { LANDING_FILES_SHOWN, type ReadFile } from './landing-reads.ts';

/** Identifies the files that one published run read in one landing zone. */
export interface ArchiveKey {
  runId: string;
  attempt: number;
  zone: string;
}

/** The files that are due to be moved to the archive, all of them. */
export interface DueArchive extends ArchiveKey {
  namespace: string;
  files: ReadFile[];
}

/**
 * Makes the files that the run's newest attempt read due for archiving, once this transaction
 * commits. Does nothing for a run whose pipeline does not archive.
 */
export async function makeArchivesDue(db: { pool: Queryable }, runId: string): Promise<void> {
  await db.pool.query({ ...MAKE_DUE, values: [runId] });
}

const MAKE_DUE = {
  name: 'make-archives-due',
  text: `UPDATE landing_reads l SET archive = 'due' FROM runs r
    WHERE l.run_id = $1 AND l.archive = 'held' AND r.id = l.run_id AND r.attempt = l.attempt`,
};

/**
 * The files in these zones that are due for archiving and may still lie in the zone, by zone. A run
 * must not read them again.
 */
export async function findDueFiles(
  db: Database,
  namespace: string,
  zones: readonly string[],
): Promise<Map<string, ReadFile[]>> {
  const answer = await db.pool.query<{ zone: string; files: ReadFile[] }>(
    `SELECT l.zone, l.files FROM landing_reads l JOIN runs r ON r.id = l.run_id
     WHERE l.archive = 'due' AND l.zone = ANY($2) AND r.namespace = $1`,
    [namespace, zones],
  );
  const found = new Map<string, ReadFile[]>();
  for (const { zone, files } of answer.rows) {
    found.set(zone, [...(found.get(zone) ?? []), ...files]);
  }
  return found;
}

/** Some due archives, in random order: one that cannot be finished does not block the others. */
export async function listDueArchives(
  db: Database,
  limit: number,
  runId?: string,
): Promise<ArchiveKey[]> {
  const answer = await db.pool.query<{ run_id: string; attempt: number; zone: string }>(
    `SELECT run_id, attempt, zone FROM landing_reads
     WHERE archive = 'due' AND ($2::uuid IS NULL OR run_id = $2) ORDER BY random() LIMIT $1`,
    [limit, runId ?? null],
  );
  return answer.rows.map((row) => ({ runId: row.run_id, attempt: row.attempt, zone: row.zone }));
}

/**
 * Runs `move` for one due archive and marks it done, unless `move` returns `unfinished` or throws.
 * The row stays locked, so only one process moves these files; `move` is not called when another
 * process holds the lock or has finished. `move` must return within 30 s, the limit of an idle
 * transaction.
 */
export async function finishArchive(
  db: Database,
  key: ArchiveKey,
  move: (archive: DueArchive) => Promise<'finished' | 'unfinished'>,
): Promise<void> {
  await withTransaction(db.pool, async (client) => {
    const values = [key.runId, key.attempt, key.zone];
    const due = await client.query<{ namespace: string; files: ReadFile[] }>(
      `SELECT r.namespace, l.files FROM landing_reads l JOIN runs r ON r.id = l.run_id
       WHERE l.run_id = $1 AND l.attempt = $2 AND l.zone = $3 AND l.archive = 'due'
       FOR UPDATE OF l SKIP LOCKED`,
      values,
    );
    const row = due.rows[0];
    if (row === undefined || (await move({ ...key, ...row })) === 'unfinished') return;
    await client.query(
      `UPDATE landing_reads SET archive = 'done',
         files = jsonb_path_query_array(files, '$[0 to $last]', jsonb_build_object('last', $4::int))
       WHERE run_id = $1 AND attempt = $2 AND zone = $3`,
      [...values, LANDING_FILES_SHOWN - 1],
    );
  });
}
