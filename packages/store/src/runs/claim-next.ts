import { chooseTurn, type WaitingNamespace } from '@rat/domain';
import type pg from 'pg';
import { claimRun, claimWithin, type ClaimedRun, type ClaimOwner } from './claim-run.ts';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { hasRunningPlace } from '../namespaces/line-quota.ts';
import { isUniqueViolation } from '../db/postgres-errors.ts';

/** A delivered ticket, and the pool of the queue that delivered it. */
export interface DeliveredTicket {
  runId: string;
  attempt: number;
  pool: string;
}

/**
 * Bounds the loop. A run whose pipeline is at its limit is tried once: from then on it waits
 * without a ticket.
 */
const TRIES = 50;

/**
 * Claims a run for the slot that a ticket brings. The ticket gives its pool one chance to start a
 * run:
 * - While only one namespace waits, the ticket's own run is claimed, if it still waits.
 * - While several namespaces wait, `chooseTurn` picks the namespace, and its first run by priority
 *   and age is claimed.
 * - A ticket whose run has started or ended can start another run, so there are always at least as
 *   many tickets as waiting runs.
 *
 * Undefined: no run of the pool may start now.
 *
 * @example
 * const run = await claimNext(db, { runId, attempt, pool }, { runnerId, leaseMs, pools });
 * if (run === undefined) return;
 */
export async function claimNext(
  db: Database,
  ticket: DeliveredTicket,
  owner: ClaimOwner,
): Promise<ClaimedRun | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const facts = await readTurns(db.pool, ticket);
    const turn = chooseTurn(facts.waiting, facts.virtualTime);
    if (turn === undefined && !facts.isOwnWaiting) return undefined;
    if (turn?.turn !== undefined) {
      const contested = await claimInTurn(db, ticket, owner);
      if (contested !== 'turned away') return contested;
      continue;
    }
    // A run without a ticket according to its row may have one: the ticket in hand.
    const isOwn = turn === undefined || (facts.isOwnWaiting && turn.waiting.isOwn);
    const claimed = await claimRun(db, isOwn ? ticket : turn.waiting.first, owner);
    if (claimed !== undefined || isOwn) return claimed;
  }
  return undefined;
}

/** Chooses and claims under the pool’s lock, so that two claims never take the same turn. */
async function claimInTurn(
  db: Database,
  ticket: DeliveredTicket,
  owner: ClaimOwner,
): Promise<ClaimedRun | 'turned away' | undefined> {
  try {
    return await withTransaction(db.pool, (client) => takeTurn(client, ticket, owner));
  } catch (error) {
    // Unique violation: a claim that does not take the pool's lock took the pipeline's slot first.
    if (isUniqueViolation(error)) return 'turned away';
    throw error;
  }
}

async function takeTurn(
  client: pg.PoolClient,
  ticket: DeliveredTicket,
  owner: ClaimOwner,
): Promise<ClaimedRun | 'turned away' | undefined> {
  const { pool } = ticket;
  // Sent together, as are the next two: the lock is held for two round trips and the commit.
  const [, { waiting, virtualTime }] = await Promise.all([
    client.query({ ...LOCK_POOL, values: [pool] }),
    readTurns(client, ticket),
  ]);
  const choice = chooseTurn(waiting, virtualTime);
  if (choice === undefined) return undefined;
  const { turn, waiting: chosen } = choice;
  const { runId, attempt } = chosen.first;
  const claiming = claimWithin(client, chosen.first, owner);
  const recording =
    turn === undefined
      ? undefined
      : client.query({ ...RECORD_TURN, values: [pool, chosen.namespace, turn, runId, attempt] });
  const [claimed] = await Promise.all([claiming, recording]);
  return claimed ?? 'turned away';
}

interface Waiting extends WaitingNamespace {
  /** The run to claim if the namespace gets the slot. */
  first: { runId: string; attempt: number };
  /** Whether the ticket's own run is of this namespace and as urgent as its first one. */
  isOwn: boolean;
}

interface Turns {
  waiting: Waiting[];
  virtualTime: number;
  /** Whether the ticket's own run still waits for this attempt. */
  isOwnWaiting: boolean;
}

async function readTurns(db: Queryable, ticket: DeliveredTicket): Promise<Turns> {
  const answer = await db.query<TurnsRow>({
    ...TURNS,
    values: [ticket.pool, ticket.runId, ticket.attempt],
  });
  const row = answer.rows[0];
  return {
    waiting: (row?.waiting ?? []).map((one) => {
      const isBackground = one.kind === 'maintenance';
      return {
        namespace: one.namespace,
        weight: one.weight,
        lastTurn: one.last_turn ?? undefined,
        isBackground,
        first: { runId: one.id, attempt: one.attempt + 1 },
        isOwn:
          row?.own_namespace === one.namespace && (row.own_kind === 'maintenance') === isBackground,
      };
    }),
    virtualTime: row?.virtual_time ?? 0,
    isOwnWaiting: typeof row?.own_namespace === 'string',
  };
}

interface TurnsRow {
  virtual_time: number | null;
  own_namespace: string | null;
  own_kind: string | null;
  waiting:
    | {
        namespace: string;
        weight: number;
        last_turn: number | null;
        id: string;
        attempt: number;
        kind: string;
      }[]
    | null;
}

/**
 * The first run of each namespace that has a ticket in the pool and is due. A loose index scan of
 * `runs_turn_idx` jumps from one namespace to the next, so the cost follows their number and not
 * the number of runs.
 */
const TURNS = {
  name: 'read-turns',
  text: `WITH RECURSIVE line AS (
      (
        SELECT namespace
        FROM runs
        WHERE pool = $1 AND status = 'pending' AND enqueued_at IS NOT NULL
        ORDER BY namespace
        LIMIT 1
      )
      UNION ALL
      SELECT (
        SELECT r.namespace
        FROM runs r
        WHERE r.pool = $1
          AND r.status = 'pending'
          AND r.enqueued_at IS NOT NULL
          AND r.namespace > line.namespace
        ORDER BY r.namespace
        LIMIT 1
      )
      FROM line
      WHERE line.namespace IS NOT NULL
    ), waiting AS (
      SELECT line.namespace, n.weight, t.last_turn, head.id, head.attempt, head.kind
      FROM line
        JOIN namespaces n ON n.name = line.namespace
        LEFT JOIN namespace_turns t ON t.pool = $1 AND t.namespace = line.namespace
        CROSS JOIN LATERAL (
          SELECT r.id, r.attempt, r.kind
          FROM runs r
          WHERE r.pool = $1
            AND r.namespace = line.namespace
            AND r.status = 'pending'
            AND r.enqueued_at IS NOT NULL
            AND (r.not_before IS NULL OR r.not_before <= statement_timestamp())
            AND (r.attempt > 0 OR r.expires_at IS NULL OR r.expires_at > statement_timestamp())
          ORDER BY r.priority DESC, r.created_at, r.id
          LIMIT 1
        ) head
      WHERE head.kind = 'maintenance' OR ${hasRunningPlace('n')}
    )
    SELECT
      (SELECT virtual_time FROM pool_turns WHERE pool = $1) AS virtual_time,
      own.namespace AS own_namespace,
      own.kind AS own_kind,
      (SELECT jsonb_agg(waiting) FROM waiting) AS waiting
    FROM (SELECT 1) one
      LEFT JOIN (
        SELECT namespace, kind
        FROM runs
        WHERE id = $2
          AND attempt = $3 - 1
          AND status = 'pending'
          AND pool = $1
          AND (not_before IS NULL OR not_before <= statement_timestamp())
      ) own ON true`,
};

/** Locks the pool's row, and creates it if it is missing. */
const LOCK_POOL = {
  name: 'lock-pool-turns',
  text: `INSERT INTO pool_turns (pool)
    VALUES ($1)
    ON CONFLICT (pool) DO UPDATE SET virtual_time = pool_turns.virtual_time`,
};

/**
 * Records the turn of a run that the claim before it in this transaction took. A claim that was
 * turned away uses no turn.
 */
const RECORD_TURN = {
  name: 'record-turn',
  text: `WITH claimed AS (
      SELECT id FROM runs WHERE id = $4 AND attempt = $5 AND status = 'running'
    ), pool_moved AS (
      UPDATE pool_turns SET virtual_time = $3 FROM claimed WHERE pool = $1
    )
    INSERT INTO namespace_turns (pool, namespace, last_turn) SELECT $1, $2, $3 FROM claimed
    ON CONFLICT (pool, namespace) DO UPDATE SET last_turn = excluded.last_turn`,
};
