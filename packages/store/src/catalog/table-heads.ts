import { formatRef, type PipelineRef } from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { CATALOG_NAME, catalogNamespace } from './catalog.ts';

/** What a run has published. */
export interface PublishedHead {
  table: PipelineRef;
  /** The metadata file that is current with the publish. */
  location: string;
  /** In decimal. */
  snapshotId: string;
  runId: string;
  /** Whether rows were written or deleted; otherwise the data version stays. */
  hasChanged: boolean;
}

/** Notes the data version of a table that a run publishes; in the transaction of the publish. */
export async function publishHead(db: { pool: Queryable }, head: PublishedHead): Promise<void> {
  const { table, location, snapshotId, runId, hasChanged } = head;
  await db.pool.query({
    ...PUBLISH_HEAD,
    values: [formatRef(table), snapshotId, location, runId, hasChanged],
  });
}

/**
 * A table without a noted version gets one in either case. A noted one stays as it is when nothing
 * changed: another program may have written since it was read, and a runner that reads the new metadata
 * finds that out.
 */
const PUBLISH_HEAD = {
  name: 'publish-table-head',
  text: `INSERT INTO table_heads AS h (ref, data_version, metadata_location, run_id, changed_at)
    VALUES ($1, $2, $3, $4, now())
    ON CONFLICT (ref) DO UPDATE SET
      metadata_location = excluded.metadata_location,
      data_version = excluded.data_version,
      run_id = excluded.run_id,
      changed_at = excluded.changed_at
    WHERE $5`,
};

/** A watched table whose pointer has moved, or whose version is not known yet. */
export interface MovedTable {
  ref: string;
  /** The last move that this answers, in decimal. */
  upTo: string;
}

/** Watched tables with moves that no runner has looked at, at most `limit`. */
export async function listMovedTables(db: Database, limit: number): Promise<MovedTable[]> {
  const answer = await db.pool.query<MovedTable>({ ...LIST_MOVED, values: [limit] });
  return answer.rows;
}

const LIST_MOVED = {
  name: 'list-moved-tables',
  text: `SELECT ref, max(id)::text AS "upTo" FROM table_moves GROUP BY ref ORDER BY max(id) LIMIT $1`,
};

/** Whether the noted version of a table was read from this metadata file. */
export async function isHeadAt(db: Database, ref: string, location: string): Promise<boolean> {
  const answer = await db.pool.query({
    name: 'is-head-at',
    text: `SELECT 1 FROM table_heads WHERE ref = $1 AND metadata_location = $2`,
    values: [ref, location],
  });
  return answer.rowCount === 1;
}

/**
 * Notes the data version of a table as it was read from a metadata file, unless the pointer has moved
 * on since. A run that publishes at the same time writes the version itself: the row's lock orders
 * both, and the pointer is read again under it.
 */
export async function saveHead(
  db: Database,
  table: PipelineRef,
  head: { location: string; dataVersion: string },
): Promise<void> {
  const ref = formatRef(table);
  const { location, dataVersion } = head;
  await withTransaction(db.pool, async (client) => {
    await client.query(ENSURE_HEAD, [ref, dataVersion, location]);
    await client.query(`SELECT 1 FROM table_heads WHERE ref = $1 FOR UPDATE`, [ref]);
    await client.query(SAVE_HEAD, [
      ref,
      dataVersion,
      location,
      CATALOG_NAME,
      catalogNamespace(table),
      table.name,
    ]);
  });
}

const ENSURE_HEAD = `INSERT INTO table_heads (ref, data_version, metadata_location, changed_at)
  VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING`;

const SAVE_HEAD = `UPDATE table_heads h SET
    metadata_location = $3::text,
    data_version = $2::text,
    run_id = CASE WHEN h.data_version = $2::text THEN h.run_id END,
    changed_at = CASE WHEN h.data_version = $2::text THEN h.changed_at ELSE now() END
  WHERE h.ref = $1
    AND EXISTS (
      SELECT 1 FROM lake.iceberg_tables
      WHERE catalog_name = $4
        AND table_namespace = $5
        AND table_name = $6
        AND metadata_location = $3::text
    )`;

/** Forgets the moves of a table up to one. */
export async function forgetMoves(db: Database, { ref, upTo }: MovedTable): Promise<void> {
  await db.pool.query({
    name: 'forget-table-moves',
    text: `DELETE FROM table_moves WHERE ref = $1 AND id <= $2::bigint`,
    values: [ref, upTo],
  });
}
