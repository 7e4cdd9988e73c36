import { ConflictError, formatRef, NotFoundError, type PipelineRef } from '@rat/domain';
import { moveTable } from '../catalog/catalog.ts';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { askClient, makeOnce, type IdempotencyKey } from '../db/idempotency.ts';
import { holdNamespace } from '../namespaces/namespaces.ts';
import {
  DROPPED_COLUMNS,
  toDroppedTable,
  type DroppedTable,
  type DroppedTableRow,
} from './dropped-table.ts';

/** Which drop to take back; without an id, the latest one that can be. */
export interface UndropRequest {
  dropId?: string | undefined;
  requestedBy?: string | undefined;
  idempotency?: IdempotencyKey | undefined;
}

/**
 * Takes a drop back: the table is in the catalog again, exactly as it was. The row of the drop is
 * locked first, so a runner that is about to remove the files either waits or has begun.
 *
 * Throws NotFoundError for a deleted namespace, and for a table that was not dropped. Throws ConflictError when its time is over,
 * when it was restored before, and when a new table has the name.
 *
 * @example
 * const { table, droppedAt } = await undropTable(db, { namespace, layer, name });
 */
export async function undropTable(
  db: Database,
  table: PipelineRef,
  request: UndropRequest = {},
): Promise<DroppedTable & { restoredAt: Date; isReplayed: boolean }> {
  return withTransaction(db.pool, async (client) => {
    const { made, isReplayed } = await makeOnce(askClient(client), request.idempotency, () =>
      restore(client, table, request),
    );
    const found = await client.query<DroppedTableRow & { state_at: Date }>(
      `SELECT ${DROPPED_COLUMNS}, state_at FROM dropped_tables WHERE id = $1`,
      [made.id],
    );
    const [row] = found.rows;
    if (row === undefined) throw new NotFoundError(`table ${formatRef(table)} was not dropped`);
    return { ...toDroppedTable(row), restoredAt: row.state_at, isReplayed };
  });
}

/** Returns the id of the drop that it took back. */
async function restore(
  client: Queryable,
  table: PipelineRef,
  request: UndropRequest,
): Promise<{ id: string }> {
  const name = formatRef(table);
  await holdNamespace(client, table.namespace);
  const found = await client.query<DroppedTableRow & { state: string; is_kept: boolean }>(
    `SELECT ${DROPPED_COLUMNS}, state, keep_until > now() AS is_kept
       FROM dropped_tables
       WHERE namespace = $1
         AND layer = $2
         AND name = $3
         AND ($4::uuid IS NULL OR id = $4)
       ORDER BY state = 'restorable' DESC, dropped_at DESC
       LIMIT 1
       FOR UPDATE`,
    [table.namespace, table.layer, table.name, request.dropId ?? null],
  );
  const [row] = found.rows;
  if (row === undefined) {
    const which = request.dropId === undefined ? '' : ' by this drop_id';
    throw new NotFoundError(`table ${name} was not dropped${which}`);
  }
  const dropped = toDroppedTable(row);
  if (row.state === 'restored') throw new ConflictError(`table ${name} is restored already`);
  if (row.state !== 'restorable' || !row.is_kept) {
    const until = dropped.keepUntil.toISOString();
    throw new ConflictError(`table ${name} could be restored until ${until}; its files are gone`);
  }
  const isBack = await moveTable(
    { pool: client },
    { table, expected: undefined, next: dropped.location },
  );
  if (!isBack) {
    throw new ConflictError(
      `table ${name} exists: a run made a new one. Drop that one first, then restore the old one with drop_id ${dropped.id}`,
    );
  }
  await client.query(
    `UPDATE dropped_tables SET state = 'restored', state_at = now(), restored_by = $2
       WHERE id = $1`,
    [dropped.id, request.requestedBy ?? null],
  );
  return { id: dropped.id };
}
