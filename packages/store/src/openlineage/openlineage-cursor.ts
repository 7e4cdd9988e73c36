import type { Database } from '../db/database.ts';
import type { ChangeCursor } from '../run-stream/read-status-changes.ts';

/**
 * Takes the right to send events for `leaseMs`, and returns the position after which to go on;
 * undefined while another runner has it. The first call ever starts at the present: earlier runs are
 * not sent. So does the first call on a restored database, which counts transactions from below.
 */
export async function takeOpenlineageCursor(
  db: Database,
  holder: string,
  leaseMs: number,
): Promise<ChangeCursor | undefined> {
  await db.pool.query(BEGIN_AT_PRESENT);
  const answer = await db.pool.query<{ xid: string; position: string }>({
    ...TAKE,
    values: [holder, leaseMs],
  });
  const row = answer.rows[0];
  return row && { xid: BigInt(row.xid), position: BigInt(row.position) };
}

/** Stores how far the holder has sent. Without effect when another runner has taken over. */
export async function moveOpenlineageCursor(
  db: Database,
  holder: string,
  { xid, position }: ChangeCursor,
): Promise<void> {
  await db.pool.query({ ...MOVE, values: [holder, String(xid), String(position)] });
}

const BEGIN_AT_PRESENT = {
  name: 'begin-openlineage',
  text: `INSERT INTO openlineage_cursor (xid, position)
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, 0
    WHERE NOT EXISTS (SELECT 1 FROM openlineage_cursor)
    ON CONFLICT DO NOTHING`,
};

const TAKE = {
  name: 'take-openlineage',
  text: `UPDATE openlineage_cursor SET
      holder = $1,
      held_until = now() + $2 * interval '1 ms',
      xid = CASE
        WHEN xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        THEN pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ELSE xid
      END
    WHERE holder = $1 OR held_until IS NULL OR held_until < now()
    RETURNING xid::text, position::text`,
};

const MOVE = {
  name: 'move-openlineage',
  text: `UPDATE openlineage_cursor SET xid = $2::bigint, position = $3::bigint WHERE holder = $1`,
};
