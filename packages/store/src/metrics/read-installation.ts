import type { Layer, RunStatus } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { RUNNER_LIVE_MS } from '../runners/runners.ts';

/** The state of the installation at one moment, in numbers. */
export interface InstallationState {
  runs: { status: RunStatus; layer: Layer; runs: number }[];
  /** The longest queues first. */
  queues: QueueState[];
  runners: {
    active: number;
    draining: number;
    /** Slots of the active ones. */
    slots: number;
  };
  running: number;
  /** Running runs whose lease has expired. */
  overdueLeases: number;
  /** How long the most overdue schedule is due, ms. */
  overdueScheduleMs: number;
}

/** The waiting runs of one pool. */
interface QueueState {
  pool: string;
  /** They have a ticket, and may start now. */
  ready: number;
  /** They wait for a slot of their own pipeline. */
  blocked: number;
  /** They wait for the time of their retry. */
  delayed: number;
  /** How long the oldest of those waits that are not delayed, ms. */
  oldestMs: number;
}

/** More pools than these are no use on a dashboard, and their names are free text. */
const POOLS_MAX = 30;

/**
 * Reads the state in numbers. The time grows with the number of waiting and running runs, and not
 * with those that have ended: their numbers are counted already.
 */
export async function readInstallation(db: Database): Promise<InstallationState> {
  const [runs, queues, rest] = await Promise.all([
    db.pool.query<InstallationState['runs'][number]>(READ_RUNS),
    db.pool.query<QueueRow>({ ...READ_QUEUES, values: [POOLS_MAX] }),
    db.pool.query<RestRow>({ ...READ_REST, values: [RUNNER_LIVE_MS] }),
  ]);
  const row = rest.rows[0];
  if (row === undefined) throw new Error('postgres returned no state');
  return {
    runs: runs.rows,
    queues: queues.rows.map(({ oldest_ms: oldestMs, ...queue }) => ({ ...queue, oldestMs })),
    runners: { active: row.active, draining: row.draining, slots: row.slots },
    running: row.running,
    overdueLeases: row.overdue_leases,
    overdueScheduleMs: row.overdue_schedule_ms,
  };
}

interface QueueRow extends Omit<QueueState, 'oldestMs'> {
  oldest_ms: number;
}

interface RestRow {
  active: number;
  draining: number;
  slots: number;
  running: number;
  overdue_leases: number;
  overdue_schedule_ms: number;
}

/** One statement, so one snapshot: a change that is being folded is counted once. */
const READ_RUNS = {
  name: 'read-run-states',
  text: `SELECT layer, status, sum(runs)::bigint AS runs
    FROM (
      SELECT layer, status, runs FROM run_counts
      WHERE grain = 'all' AND namespace = '' AND pipeline = '' AND layer <> ''
      UNION ALL
      SELECT layer, status, delta FROM run_count_deltas) counted
    GROUP BY layer, status`,
};

const READ_QUEUES = {
  name: 'read-queue-states',
  text: `SELECT
      pool,
      count(*) FILTER (WHERE enqueued_at IS NOT NULL AND NOT is_delayed) AS ready,
      count(*) FILTER (WHERE enqueued_at IS NULL AND NOT is_delayed) AS blocked,
      count(*) FILTER (WHERE is_delayed) AS delayed,
      coalesce(
        extract(
          epoch FROM now() - min(coalesce(not_before, created_at)) FILTER (WHERE NOT is_delayed)
        ),
        0
      )::float8 * 1000 AS oldest_ms
    FROM (
      SELECT pool, enqueued_at, not_before, created_at, coalesce(not_before > now(), false) AS is_delayed
      FROM runs
      WHERE status = 'pending') waiting
    GROUP BY pool ORDER BY count(*) DESC, pool LIMIT $1`,
};

const READ_REST = {
  name: 'read-installation-rest',
  text: `SELECT
      l.active,
      l.draining,
      l.slots,
      r.running,
      r.overdue_leases,
      (
        SELECT coalesce(greatest(extract(epoch FROM now() - min(fire_at)), 0), 0)::float8 * 1000
        FROM schedules WHERE fire_at IS NOT NULL AND deleted_at IS NULL
      ) AS overdue_schedule_ms
    FROM (
      SELECT
        count(*) FILTER (WHERE drain_requested_at IS NULL) AS active,
        count(*) FILTER (WHERE drain_requested_at IS NOT NULL) AS draining,
        coalesce(sum(slots) FILTER (WHERE drain_requested_at IS NULL), 0)::bigint AS slots
      FROM runners
      WHERE heartbeat_at > now() - $1 * interval '1 ms') l
    CROSS JOIN (
      SELECT
        count(*) AS running,
        count(*) FILTER (WHERE lease_expires_at < now()) AS overdue_leases
      FROM runs WHERE status = 'running') r`,
};
