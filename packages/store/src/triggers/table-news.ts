import { CATALOG_NAME } from '../catalog/catalog.ts';
import type { Database } from '../db/database.ts';
import { NOTE_TABLES } from './note-tables.ts';

/** The state of a table that a trigger began with, known by its metadata file only. */
export interface UnreadState {
  ref: string;
  location: string;
}

/** The states whose data version no runner has read yet, at most `limit`. */
export async function listUnreadStates(db: Database, limit: number): Promise<UnreadState[]> {
  const answer = await db.pool.query<UnreadState>({ ...LIST_UNREAD, values: [limit] });
  return answer.rows;
}

const LIST_UNREAD = {
  name: 'list-unread-table-states',
  text: `SELECT DISTINCT substr(input, 7) AS ref, substr(consumed, 10) AS location
    FROM trigger_inputs
    WHERE input LIKE 'table:%' AND consumed LIKE 'metadata:%' LIMIT $1`,
};

/** Puts the data version in the place of the metadata file that it was read from. */
export async function nameState(
  db: Database,
  { ref, location }: UnreadState,
  dataVersion: string,
): Promise<void> {
  await db.pool.query({
    name: 'name-table-state',
    text: `UPDATE trigger_inputs SET
        consumed = CASE WHEN consumed = $2 THEN $3 ELSE consumed END,
        latest = CASE WHEN latest = $2 THEN $3 ELSE latest END
      WHERE input = $1 AND (consumed = $2 OR latest = $2)`,
    values: [`table:${ref}`, `metadata:${location}`, dataVersion],
  });
}

/** Notes the data versions of these watched tables. Returns whether a trigger has news. */
export async function noteTables(db: Database, refs: readonly string[]): Promise<boolean> {
  const answer = await db.pool.query(NOTE_TABLES, [refs]);
  return (answer.rowCount ?? 0) > 0;
}

/**
 * Notes a move of every watched table whose noted version was read from another metadata file than the
 * current one: a move from before the table was watched, or one that was lost.
 */
export async function noteUnseenMoves(db: Database): Promise<void> {
  await db.pool.query({ ...NOTE_UNSEEN, values: [CATALOG_NAME] });
}

const NOTE_UNSEEN = {
  name: 'note-unseen-moves',
  text: `INSERT INTO table_moves (ref, metadata_location)
    SELECT w.ref, c.metadata_location
    FROM (
      SELECT DISTINCT
        substr(input, 7) AS ref,
        regexp_replace(substr(input, 7), '\\.(bronze|silver|gold)\\..*$', '_\\1') AS namespace,
        regexp_replace(input, '^.*\\.', '') AS name
      FROM trigger_inputs WHERE input LIKE 'table:%'
    ) w
      JOIN lake.iceberg_tables c
        ON c.catalog_name = $1 AND c.table_namespace = w.namespace AND c.table_name = w.name
      LEFT JOIN table_heads h ON h.ref = w.ref
    WHERE c.metadata_location IS NOT NULL
      AND h.metadata_location IS DISTINCT FROM c.metadata_location
      AND NOT EXISTS (SELECT 1 FROM table_moves m WHERE m.ref = w.ref)`,
};
