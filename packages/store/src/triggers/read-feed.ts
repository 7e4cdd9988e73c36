import type pg from 'pg';
import { withTransaction, type Database } from '../db/database.ts';
import {
  readStatusChanges,
  type ChangeCursor,
  type StatusChange,
} from '../run-stream/read-status-changes.ts';
import { LATEST_SUCCESSES } from './latest-successes.ts';
import { NOTE_TABLES } from './note-tables.ts';
import { TOUCH } from './touch-triggers.ts';

/** What a turn of the feed came to. */
export interface FeedTurn {
  /** How many status changes it read. */
  read: number;
  /** How many triggers have news. */
  touched: number;
  /** There is more to read at once. */
  hasMore: boolean;
  /** A newer change waits for an older transaction. */
  isHeld: boolean;
}

const NOTHING: FeedTurn = { read: 0, touched: 0, hasMore: false, isHeld: false };

/** How many status changes a transaction reads. */
const CHANGES_MAX = 500;

/** How often the states of all inputs are compared with the runs. */
const SWEEP_EVERY_SECONDS = 60;

/** A frozen process must not keep the cursor from the others. */
const HOLD_BRIEFLY = `SET LOCAL idle_in_transaction_session_timeout = '5s'`;

/**
 * Reads the status changes of all runs behind the cursor, and notes the newest success of each watched
 * pipeline, and the newest data of each watched table. The notes and the cursor commit together. Any
 * number of processes may call it: one reads, and the others return at once.
 *
 * Every 60 s it also compares the states of all inputs with the runs themselves. That repairs what a
 * restored database, or a trigger that was just made, cannot have noted.
 */
export async function readFeed(
  db: Database,
  options: { sweepEverySeconds?: number } = {},
): Promise<FeedTurn> {
  return withTransaction(db.pool, async (client) => {
    await client.query(HOLD_BRIEFLY);
    const taken = await client.query<CursorRow>(TAKE_CURSOR, [
      options.sweepEverySeconds ?? SWEEP_EVERY_SECONDS,
    ]);
    const row = taken.rows[0];
    if (row === undefined) return NOTHING;
    if (row.is_lost) await startOver(client);
    const after = row.is_lost
      ? { xid: BigInt(row.present), position: 0n }
      : { xid: BigInt(row.xid), position: BigInt(row.position) };
    const { changes, isHeld } = await readStatusChanges(
      { pool: client },
      { after, limit: CHANGES_MAX },
    );
    const last = changes.at(-1)?.cursor ?? after;
    const touched = await noteSuccesses(client, changes.filter(isSuccess));
    const swept = row.is_lost || row.is_sweep_due ? await sweep(client, last) : 0;
    const isMoved = last !== after || row.is_lost || row.is_sweep_due;
    if (isMoved) {
      const isSwept = row.is_lost || row.is_sweep_due;
      await client.query(MOVE_CURSOR, [String(last.xid), String(last.position), isSwept]);
    }
    return {
      read: changes.length,
      touched: touched + swept,
      hasMore: changes.length === CHANGES_MAX,
      isHeld,
    };
  });
}

interface CursorRow {
  xid: string;
  position: string;
  present: string;
  is_lost: boolean;
  is_sweep_due: boolean;
}

/** A cursor beyond the server's newest transaction belongs to another server: the database was restored. */
const TAKE_CURSOR = `SELECT
    xid::text,
    position::text,
    pg_snapshot_xmin(pg_current_snapshot())::text AS present,
    xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS is_lost,
    coalesce(swept_at < now() - $1::int * interval '1 second', true) AS is_sweep_due
  FROM automation_cursors WHERE name = 'triggers' FOR UPDATE SKIP LOCKED`;

const MOVE_CURSOR = `UPDATE automation_cursors SET
    xid = $1::bigint,
    position = $2::bigint,
    swept_at = CASE WHEN $3::boolean THEN now() ELSE swept_at END
  WHERE name = 'triggers'`;

/** The marks of another server's order would hide every success of this one. */
async function startOver(client: pg.PoolClient): Promise<void> {
  await client.query(`UPDATE trigger_inputs SET latest_xid = 0, latest_position = 0
    WHERE latest_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint`);
}

function isSuccess({ payload }: StatusChange): boolean {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    'status' in payload &&
    payload.status === 'success'
  );
}

async function noteSuccesses(
  client: pg.PoolClient,
  successes: readonly StatusChange[],
): Promise<number> {
  if (successes.length === 0) return 0;
  const refs = [
    ...new Set(successes.map((one) => `${one.namespace}.${one.layer}.${one.pipeline}`)),
  ];
  await client.query(LOCK_TRIGGERS, [refs.flatMap((ref) => [`pipeline:${ref}`, `table:${ref}`])]);
  const noted = await client.query(NOTE_SUCCESSES, [
    successes.map(({ runId }) => runId),
    successes.map(({ cursor }) => String(cursor.xid)),
    successes.map(({ cursor }) => String(cursor.position)),
    successes.map(({ at }) => at),
  ]);
  const tables = await client.query(NOTE_TABLES, [refs]);
  return (noted.rowCount ?? 0) + (tables.rowCount ?? 0);
}

/**
 * Locks the triggers before their inputs, as the firing does. In the order of their ids: two feeds
 * cannot run at once, but other writers of several triggers can.
 */
const LOCK_TRIGGERS = `SELECT 1 FROM triggers
  WHERE id IN (SELECT trigger_id FROM trigger_inputs WHERE input = ANY ($1::text[]))
  ORDER BY id FOR UPDATE`;

/** A paused trigger keeps so many successes, the oldest, for a resume that catches up. */
const KEPT_IN_PAUSE = 1_000;

const HAS_ROOM = `(t.paused_at IS NULL OR ${KEPT_IN_PAUSE} > (
      SELECT count(*) FROM trigger_inputs kept
      WHERE kept.trigger_id = t.id AND kept.input LIKE 'run:%'
    ))`;

/**
 * Only a later success than the noted one counts. Both data-modifying parts read the inputs as they
 * were before the statement, so a trigger that fires for each success gets all of the new ones.
 */
const NOTE_SUCCESSES = `
  WITH successes AS (
    SELECT
      r.id AS run_id,
      'pipeline:' || r.namespace || '.' || r.layer || '.' || r.pipeline AS input,
      s.xid,
      s.position,
      s.at
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[])
        AS s (run_id, xid, position, at)
      JOIN runs r ON r.id = s.run_id AND r.kind = 'pipeline'
  ), newer AS (
    SELECT i.trigger_id, s.*
    FROM successes s
      JOIN trigger_inputs i
        ON i.input = s.input AND (i.latest_xid, i.latest_position) < (s.xid, s.position)
  ), noted AS (
    UPDATE trigger_inputs i SET
      latest = n.run_id::text,
      latest_xid = n.xid,
      latest_position = n.position,
      latest_at = n.at,
      run_id = n.run_id
    FROM (
      SELECT DISTINCT ON (trigger_id, input) * FROM newer
      ORDER BY trigger_id, input, xid DESC, position DESC
    ) n
    WHERE i.trigger_id = n.trigger_id AND i.input = n.input
  ), single AS (
    INSERT INTO trigger_inputs (
      trigger_id,
      input,
      latest,
      latest_xid,
      latest_position,
      latest_at,
      run_id
    )
    SELECT t.id, 'run:' || n.run_id, n.run_id::text, n.xid, n.position, n.at, n.run_id
    FROM newer n JOIN triggers t ON t.id = n.trigger_id
    WHERE t.config ->> 'per' = 'run' AND ${HAS_ROOM}
    ON CONFLICT DO NOTHING
  )
  ${TOUCH('SELECT trigger_id FROM newer')}`;

/**
 * Compares the states of all inputs with what is stored about runs and tables. Only with what the feed
 * has passed by: a later success would hide earlier ones that the feed has still to read.
 */
async function sweep(client: pg.PoolClient, upTo: ChangeCursor): Promise<number> {
  const pipelines = await client.query(SWEEP_PIPELINES, [String(upTo.xid), String(upTo.position)]);
  const tables = await client.query(NOTE_TABLES, [null]);
  return (pipelines.rowCount ?? 0) + (tables.rowCount ?? 0);
}

const SWEEP_PIPELINES = `
  WITH newer AS MATERIALIZED (
    SELECT s.*
    FROM (${LATEST_SUCCESSES('true', '($1::bigint, $2::bigint)')}) s
      JOIN trigger_inputs i ON i.trigger_id = s.trigger_id AND i.input = s.input
    WHERE (i.latest_xid, i.latest_position) < (s.xid, s.position)
      AND i.latest IS DISTINCT FROM s.run_id::text
  ), noted AS (
    UPDATE trigger_inputs i SET
      latest = n.run_id::text,
      latest_xid = n.xid,
      latest_position = n.position,
      latest_at = n.at,
      run_id = n.run_id
    FROM newer n
    WHERE i.trigger_id = n.trigger_id AND i.input = n.input
  ), single AS (
    INSERT INTO trigger_inputs (
      trigger_id,
      input,
      latest,
      latest_xid,
      latest_position,
      latest_at,
      run_id
    )
    SELECT t.id, 'run:' || n.run_id, n.run_id::text, n.xid, n.position, n.at, n.run_id
    FROM newer n JOIN triggers t ON t.id = n.trigger_id
    WHERE t.config ->> 'per' = 'run' AND ${HAS_ROOM}
    ON CONFLICT DO NOTHING
  )
  ${TOUCH('SELECT trigger_id FROM newer')}`;
