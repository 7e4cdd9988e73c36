import type { Layer, NamespaceSet, ParamValues, RunKind } from '@rat/domain';
import type pg from 'pg';
import { withTransaction, type Database } from '../db/database.ts';
import { hasRunningPlace, lockQuota } from '../namespaces/line-quota.ts';
import { isUniqueViolation } from '../db/postgres-errors.ts';

/** A run that this runner now owns, with everything that its execution needs. */
export interface ClaimedRun {
  id: string;
  kind: RunKind;
  attempt: number;
  namespace: string;
  layer: Layer;
  pipeline: string;
  sql: string;
  /** The stored config of the pinned version, overridden by the values of the run’s request. */
  config: unknown;
  qualityTests: unknown;
  /** The namespaces whose tables exist for the run: those that whoever wrote its version could read. */
  mayRead: NamespaceSet;
  interruptions: number;
  maxAttempts: number;
  priority: number;
  pool: string;
  /** Whether the run replaces the whole table instead of merging into it. */
  fullRefresh: boolean;
  /**
   * The input snapshots to read instead of the newest; undefined unless the run reproduces another
   * one.
   */
  pinnedSnapshots: Record<string, string> | undefined;
  /** The values of the pipeline's parameters. */
  params: ParamValues | undefined;
  /** The time that the run is about, in ISO 8601; the logical date as `2026-11-29`. */
  interval: { start: string; end: string; logicalDate: string } | undefined;
  /** The place in a trace and the id of the request that made the run. */
  traceparent: string | undefined;
  requestId: string | undefined;
  /** When the run was created; for a later attempt, when its ticket was enqueued. */
  waitingSince: Date;
  /** When this attempt started, by the database’s clock. */
  claimedAt: Date;
  /** The seq of the status event that the claim wrote. */
  seq: number;
  trigger: string;
}

/** The runner that claims. `pools`: the pools that it serves; undefined: all. */
export interface ClaimOwner {
  runnerId: string;
  leaseMs: number;
  pools?: readonly string[] | undefined;
}

/**
 * Claims a run: `pending → running`, `attempt + 1`, the lease and a slot of the pipeline taken, the
 * attempt and the status event written, all in one statement. Undefined means that this ticket
 * cannot start the run now, which is not an error:
 * - the ticket is a duplicate: the guard on `attempt` fails;
 * - the run was cancelled, has expired, or its retry is not due;
 * - it is of a pool that the runner does not serve;
 * - its namespace runs as many runs as its quota allows; it waits likewise;
 * - its pipeline is at its concurrency limit, or other runs are first in line. The run then waits
 *   without a ticket, and `takeNextTickets` finds it when a slot is free.
 */
export async function claimRun(
  db: Database,
  ticket: { runId: string; attempt: number },
  owner: ClaimOwner,
): Promise<ClaimedRun | undefined> {
  try {
    return await claimInTurn(db, ticket, owner);
  } catch (error) {
    // Unique violation: a writer that bypasses the pipeline's lock took the slot or opened the
    // attempt first. Treat it as a lost claim.
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}

async function claimInTurn(
  db: Database,
  ticket: { runId: string; attempt: number },
  owner: ClaimOwner,
): Promise<ClaimedRun | undefined> {
  return withTransaction(db.pool, (client) => claimWithin(client, ticket, owner));
}

/**
 * Claims inside of a transaction. A run that cannot start yet is marked as waiting without a
 * ticket.
 */
export async function claimWithin(
  client: pg.PoolClient,
  ticket: { runId: string; attempt: number },
  owner: ClaimOwner,
): Promise<ClaimedRun | undefined> {
  const key = [ticket.runId, ticket.attempt];
  const values = [...key, owner.runnerId, owner.leaseMs, owner.pools ?? null];
  // Sent together: without the row to lock, there is no run to claim either.
  const [line, , claimed] = await Promise.all([
    client.query({ ...LOCK_LINE, values: key }),
    client.query({ ...LOCK_RUNNING, values: key }),
    client.query<ClaimRow>({ ...CLAIM, values }),
  ]);
  if (line.rowCount === 1 && claimed.rowCount === 0) {
    await client.query({ ...WAIT_IN_LINE, values: key });
  }
  const row = claimed.rows[0];
  return row === undefined ? undefined : toClaimedRun(row);
}

function toClaimedRun(row: ClaimRow): ClaimedRun {
  return {
    id: row.id,
    kind: row.kind,
    attempt: row.attempt,
    namespace: row.namespace,
    layer: row.layer,
    pipeline: row.pipeline,
    sql: row.sql,
    config: row.config,
    qualityTests: row.quality_tests,
    mayRead: row.may_read ?? undefined,
    interruptions: row.interruptions,
    maxAttempts: row.max_attempts,
    priority: row.priority,
    pool: row.pool,
    fullRefresh: row.full_refresh,
    pinnedSnapshots: row.pinned_snapshots ?? undefined,
    params: row.params ?? undefined,
    interval: toInterval(row),
    traceparent: row.traceparent ?? undefined,
    requestId: row.request_id ?? undefined,
    waitingSince: row.waiting_since,
    claimedAt: row.claimed_at,
    seq: row.last_seq,
    trigger: row.trigger,
  };
}

function toInterval(row: ClaimRow): ClaimedRun['interval'] {
  const { interval_start, interval_end, logical_date } = row;
  if (interval_start === null || interval_end === null || logical_date === null) return undefined;
  return {
    start: interval_start.toISOString(),
    end: interval_end.toISOString(),
    logicalDate: logical_date,
  };
}

interface ClaimRow {
  id: string;
  kind: RunKind;
  attempt: number;
  namespace: string;
  layer: Layer;
  pipeline: string;
  sql: string;
  config: unknown;
  quality_tests: unknown;
  may_read: string[] | null;
  interruptions: number;
  max_attempts: number;
  priority: number;
  pool: string;
  full_refresh: boolean;
  pinned_snapshots: Record<string, string> | null;
  params: ParamValues | null;
  interval_start: Date | null;
  interval_end: Date | null;
  logical_date: string | null;
  traceparent: string | null;
  request_id: string | null;
  waiting_since: Date;
  claimed_at: Date;
  last_seq: number;
  trigger: string;
}

/** Serialises the claims of one pipeline. Inserting a run does not wait for this lock. */
const LOCK_LINE = {
  name: 'lock-line',
  text: `SELECT id FROM pipelines WHERE id =
      (SELECT pipeline_id FROM runs WHERE id = $1 AND attempt = $2 - 1 AND status = 'pending')
    FOR NO KEY UPDATE`,
};

/** Serialises the claims of a namespace with a quota of running runs; without one it takes no lock. */
const LOCK_RUNNING = {
  name: 'lock-running-quota',
  text: `SELECT ${lockQuota('name')} FROM namespaces
    WHERE max_runs_running IS NOT NULL
      AND name = (
        SELECT namespace FROM runs WHERE id = $1 AND attempt = $2 - 1 AND status = 'pending'
      )`,
};

/**
 * The mark of a waiting run. `takeNextTickets` takes the same lock after a slot was freed, so
 * either it sees this mark, or this claim sees the free slot.
 */
const WAIT_IN_LINE = {
  name: 'wait-in-line',
  text: `UPDATE runs SET enqueued_at = NULL WHERE id = $1 AND attempt = $2 - 1 AND status = 'pending'`,
};

/**
 * A run may start when the running runs and the runs before it in line leave it a slot. Counting
 * stops at the limit, so a long line costs no more than a short one. The clock is
 * `statement_timestamp()`: the transaction began before the lock was granted, and an attempt must
 * not seem to start before the end of the one whose slot it takes. `claimed_at` is rounded to
 * milliseconds like the columns, so the runner sees the same time as a reader of the attempt.
 */
const CLAIM = {
  name: 'claim-run',
  text: `WITH turn AS (
      SELECT
        r.id,
        (
          SELECT min(free.slot)
          FROM generate_series(1, r.concurrency_limit) AS free(slot)
          WHERE NOT EXISTS (
            SELECT 1
            FROM runs o
            WHERE o.pipeline_id = r.pipeline_id
              AND o.status = 'running'
              AND o.slot = free.slot
          )
        ) AS slot
      FROM runs r
        JOIN namespaces n ON n.name = r.namespace
      WHERE r.id = $1
        AND (r.kind = 'maintenance' OR ${hasRunningPlace('n')})
        AND (
          SELECT count(*)
          FROM runs o
          WHERE o.pipeline_id = r.pipeline_id AND o.status = 'running'
        ) + (
          SELECT count(*)
          FROM (
            SELECT 1
            FROM runs o
            WHERE o.pipeline_id = r.pipeline_id
              AND o.status = 'pending'
              AND (o.not_before IS NULL OR o.not_before <= statement_timestamp())
              AND o.priority >= r.priority
              AND (o.priority > r.priority OR (o.created_at, o.id) < (r.created_at, r.id))
            ORDER BY o.priority DESC, o.created_at, o.id
            LIMIT r.concurrency_limit
          ) before
        ) < r.concurrency_limit
    ), claimed AS (
      UPDATE runs SET
        slot = turn.slot,
        status = 'running',
        attempt = attempt + 1,
        runner_id = $3,
        lease_expires_at = statement_timestamp() + $4 * interval '1 ms',
        started_at = coalesce(started_at, statement_timestamp()),
        not_before = NULL,
        phases = '[]',
        attempt_events = 0,
        last_seq = last_seq + 1
      FROM turn
      WHERE runs.id = turn.id
        AND attempt = $2 - 1
        AND status = 'pending'
        AND (not_before IS NULL OR not_before <= statement_timestamp())
        AND (attempt > 0 OR expires_at IS NULL OR expires_at > statement_timestamp())
        AND ($5::text[] IS NULL OR pool = ANY ($5))
      RETURNING runs.*
    ), opened AS (
      INSERT INTO run_attempts (run_id, attempt, runner_id, started_at)
      SELECT id, attempt, runner_id, statement_timestamp() FROM claimed
    ), event AS (
      INSERT INTO run_events (run_id, seq, attempt, kind, at, payload)
      SELECT
        id,
        last_seq,
        attempt,
        'status',
        statement_timestamp(),
        '{"status":"running","rows_written":null,"duration_ms":null,"error":null}'
      FROM claimed
    )
    SELECT
      c.id,
      c.kind,
      c.attempt,
      c.namespace,
      c.layer,
      c.pipeline,
      v.sql,
      v.config || c.overrides AS config,
      v.quality_tests,
      v.may_read,
      c.interruptions,
      c.max_attempts,
      c.priority,
      c.pool,
      c.full_refresh,
      c.pinned_snapshots,
      c.params,
      c.interval_start,
      c.interval_end,
      c.logical_date::text,
      c.traceparent,
      c.request_id,
      CASE
        WHEN c.attempt = 1 THEN c.created_at
        ELSE coalesce(c.enqueued_at, statement_timestamp())
      END AS waiting_since,
      statement_timestamp()::timestamptz(3) AS claimed_at,
      c.last_seq,
      c.trigger
    FROM claimed c JOIN pipeline_versions v ON v.id = c.pipeline_version_id`,
};
