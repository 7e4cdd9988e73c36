import type { Database } from '../db/database.ts';

/** Those of the runs that have an archived log, with its path. */
export async function listArchivedRuns(
  db: Database,
  runIds: readonly string[],
): Promise<Map<string, string>> {
  const answer = await db.pool.query<{ id: string; path: string }>(
    'SELECT id, logs_s3_path AS path FROM runs WHERE id = ANY($1::uuid[]) AND logs_s3_path IS NOT NULL',
    [runIds],
  );
  return new Map(answer.rows.map((row) => [row.id, row.path]));
}
