import { LAYERS, type Layer, type PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';
import {
  DROPPED_COLUMNS,
  toDroppedTable,
  type DroppedTable,
  type DroppedTableRow,
} from './dropped-table.ts';
import { toNames, type NameFilter } from '../db/name-filter.ts';

/** A page of the tables that can be restored; by name, and the latest drop of a name first. */
export async function listDroppedTables(
  db: Database,
  query: {
    namespace?: NameFilter;
    layer?: Layer | undefined;
    limit: number;
    offset: number;
  },
): Promise<{ dropped: DroppedTable[]; total: number }> {
  const { namespace, layer = null, limit, offset } = query;
  const names = toNames(namespace);
  const [page, counted] = await Promise.all([
    db.pool.query<DroppedTableRow>(
      `SELECT ${DROPPED_COLUMNS} ${RESTORABLE}
       ORDER BY namespace, array_position($3::text[], layer::text), name, dropped_at DESC, id
       LIMIT $4 OFFSET $5`,
      [names, layer, LAYERS, limit, offset],
    ),
    db.pool.query<{ total: number }>(`SELECT count(*) AS total ${RESTORABLE}`, [names, layer]),
  ]);
  return { dropped: page.rows.map(toDroppedTable), total: counted.rows[0]?.total ?? 0 };
}

const RESTORABLE = `FROM dropped_tables
  WHERE state = 'restorable'
    AND keep_until > now()
    AND ($1::text[] IS NULL OR namespace = ANY ($1))
    AND ($2::text IS NULL OR layer = $2)`;

/**
 * The drops of one name whose files must stay. A new table of that name lies in the same folder, so
 * the removal of its orphans asks for them.
 */
export async function listKeptDrops(db: Database, table: PipelineRef): Promise<DroppedTable[]> {
  const answer = await db.pool.query<DroppedTableRow>(
    `SELECT ${DROPPED_COLUMNS}
     FROM dropped_tables
     WHERE namespace = $1 AND layer = $2 AND name = $3 AND state = 'restorable'`,
    [table.namespace, table.layer, table.name],
  );
  return answer.rows.map(toDroppedTable);
}

/** A removal that took longer than this is taken again: its runner died, or it failed. */
const RETRY_AFTER = `interval '10 minutes'`;

/**
 * Takes drops whose time is over, so that one of all runners removes their files. From here on they
 * cannot be restored. A drop whose removal did not end within ten minutes is taken again; removing
 * twice does no harm.
 */
export async function takeExpiredDrops(db: Database, limit: number): Promise<DroppedTable[]> {
  const answer = await db.pool.query<DroppedTableRow>({ ...TAKE_EXPIRED, values: [limit] });
  return answer.rows.map(toDroppedTable);
}

const TAKE_EXPIRED = {
  name: 'take-expired-drops',
  text: `UPDATE dropped_tables SET state = 'removing', state_at = now() WHERE id IN (
      SELECT id
      FROM dropped_tables
      WHERE (state = 'restorable' AND keep_until <= now())
        OR (state = 'removing' AND state_at < now() - ${RETRY_AFTER})
      ORDER BY keep_until
      LIMIT $1
      FOR UPDATE SKIP LOCKED)
    RETURNING ${DROPPED_COLUMNS}`,
};

/** Stores that the files of a drop are gone; does nothing when that is stored already. */
export async function noteDropRemoved(db: Database, id: string): Promise<void> {
  await db.pool.query(
    `UPDATE dropped_tables SET state = 'removed', state_at = now()
     WHERE id = $1 AND state = 'removing'`,
    [id],
  );
}
