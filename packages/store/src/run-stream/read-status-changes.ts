import type { Layer } from '@rat/domain';
import type { Database, Queryable } from '../db/database.ts';

/** A position in the order of all runs' status changes. */
export interface ChangeCursor {
  /** The transaction that wrote the change. */
  xid: bigint;
  /** Orders the changes of one transaction. */
  position: bigint;
}

/** One status change of one run. */
export interface StatusChange {
  cursor: ChangeCursor;
  runId: string;
  seq: number;
  attempt: number;
  namespace: string;
  layer: Layer;
  pipeline: string;
  at: Date;
  /** The status event in its wire shape, as stored. */
  payload: unknown;
}

/**
 * Returns the status changes of all runs after a cursor, in their order, at most `limit`. A change
 * is returned only after every transaction older than its own has ended. So no change can appear
 * later before one that was returned, and a cursor never skips a late commit. `isHeld`: a newer
 * change exists that still waits for an older transaction.
 */
export async function readStatusChanges(
  db: { pool: Queryable },
  query: { after: ChangeCursor; limit: number },
): Promise<{ changes: StatusChange[]; isHeld: boolean }> {
  const { after, limit } = query;
  const answer = await db.pool.query<ChangeRow>({
    ...READ,
    values: [String(after.xid), String(after.position), limit],
  });
  const changes = answer.rows.filter((row) => row.is_settled).map(toChange);
  return { changes, isHeld: changes.length < answer.rows.length };
}

/**
 * The current position: a reader that starts after `now` misses no change that commits later. `end`
 * is an upper bound for every valid cursor.
 */
export async function readChangeHorizon(db: Database): Promise<{ now: ChangeCursor; end: bigint }> {
  const answer = await db.pool.query<{ xmin: string; xmax: string }>({
    name: 'read-change-horizon',
    text: `SELECT pg_snapshot_xmin(s)::text AS xmin, pg_snapshot_xmax(s)::text AS xmax
      FROM pg_current_snapshot() s`,
  });
  const row = answer.rows[0];
  if (row === undefined) throw new Error('postgres returned no snapshot');
  return { now: { xid: BigInt(row.xmin), position: 0n }, end: BigInt(row.xmax) };
}

interface ChangeRow {
  xid: string;
  position: string;
  run_id: string;
  seq: number;
  attempt: number;
  namespace: string;
  layer: Layer;
  pipeline: string;
  at: Date;
  payload: unknown;
  is_settled: boolean;
}

function toChange(row: ChangeRow): StatusChange {
  return {
    cursor: { xid: BigInt(row.xid), position: BigInt(row.position) },
    runId: row.run_id,
    seq: row.seq,
    attempt: row.attempt,
    namespace: row.namespace,
    layer: row.layer,
    pipeline: row.pipeline,
    at: row.at,
    payload: row.payload,
  };
}

/**
 * The settled rows are a prefix of the result: rows are ordered by transaction, and the horizon is
 * a transaction.
 */
const READ = {
  name: 'read-status-changes',
  text: `SELECT
      e.commit_xid::text AS xid,
      e.position::text AS position,
      e.run_id,
      e.seq,
      e.attempt,
      r.namespace,
      r.layer,
      r.pipeline,
      e.at,
      e.payload,
      e.commit_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS is_settled
    FROM run_events e JOIN runs r ON r.id = e.run_id
    WHERE e.kind = 'status' AND (e.commit_xid, e.position) > ($1::bigint, $2::bigint)
    ORDER BY e.commit_xid, e.position LIMIT $3`,
};
