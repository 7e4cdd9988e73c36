import { NotFoundError, type FailureCode, type RunStatus, type WaitFacts } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { hasRunningPlace } from '../namespaces/line-quota.ts';
import { RUNNER_LIVE_MS } from '../runners/runners.ts';

/**
 * The facts that explain why a run waits, all from one snapshot; throws NotFoundError. `id` must be
 * a UUID.
 */
export async function getWaitFacts(db: Database, id: string): Promise<WaitFacts> {
  const answer = await db.pool.query<FactsRow>({ ...FACTS, values: [id, RUNNER_LIVE_MS] });
  const row = answer.rows[0];
  if (row === undefined) throw new NotFoundError('run not found');
  return {
    now: row.now,
    status: row.status,
    attempt: row.attempt,
    waitingSince: row.waiting_since,
    nextAttemptAt: row.not_before ?? undefined,
    lastFailure: row.last_failure ?? undefined,
    pool: row.pool,
    concurrencyLimit: row.concurrency_limit,
    running: row.running.map((one) => ({ runId: one.id, startedAt: new Date(one.started_at) })),
    ahead: row.ahead,
    firstAhead: row.first_ahead ?? undefined,
    liveRunners: row.live_runners,
    slots: row.slots,
    slotsUsed: row.slots_used,
    fullQuota:
      row.full_quota === null ? undefined : { namespace: row.namespace, limit: row.full_quota },
    usualMs: row.usual_ms ?? undefined,
  };
}

interface FactsRow {
  now: Date;
  status: RunStatus;
  attempt: number;
  waiting_since: Date;
  not_before: Date | null;
  last_failure: FailureCode | null;
  pool: string;
  concurrency_limit: number;
  running: { id: string; started_at: string }[];
  ahead: number;
  first_ahead: string | null;
  live_runners: number;
  slots: number;
  slots_used: number;
  namespace: string;
  full_quota: number | null;
  usual_ms: number | null;
}

/**
 * Counts the line as the claim counts it. The usual duration is the median of the last twenty
 * successes, found by the index on pipeline and creation.
 */
const FACTS = {
  name: 'get-wait-facts',
  text: `SELECT
      now() AS now,
      r.status,
      r.attempt,
      r.not_before,
      r.pool,
      r.concurrency_limit,
      coalesce(last.finished_at, r.created_at) AS waiting_since,
      last.failure ->> 'code' AS last_failure,
      busy.running,
      line.ahead,
      line.first_ahead,
      pool.live_runners,
      pool.slots,
      pool.slots_used,
      r.namespace,
      (
        SELECT n.max_runs_running
        FROM namespaces n
        WHERE n.name = r.namespace AND r.kind <> 'maintenance' AND NOT ${hasRunningPlace('n')}
      ) AS full_quota,
      past.usual_ms
    FROM runs r
    LEFT JOIN run_attempts last ON last.run_id = r.id AND last.attempt = r.attempt
    CROSS JOIN LATERAL (
      SELECT coalesce(
        jsonb_agg(
          jsonb_build_object('id', o.id, 'started_at', a.started_at)
          ORDER BY a.started_at
        ),
        '[]'
      ) AS running
      FROM runs o JOIN run_attempts a ON a.run_id = o.id AND a.attempt = o.attempt
      WHERE o.pipeline_id = r.pipeline_id AND o.status = 'running' AND o.id <> r.id
    ) busy
    CROSS JOIN LATERAL (
      SELECT
        count(*) AS ahead,
        (array_agg(w.id ORDER BY w.priority DESC, w.created_at, w.id))[1] AS first_ahead
      FROM runs w
      WHERE w.pipeline_id = r.pipeline_id
        AND w.status = 'pending'
        AND w.priority >= r.priority
        AND (w.not_before IS NULL OR w.not_before <= now())
        AND (w.priority > r.priority OR (w.created_at, w.id) < (r.created_at, r.id))
    ) line
    CROSS JOIN LATERAL (
      SELECT
        count(*) AS live_runners,
        coalesce(sum(n.slots), 0) AS slots,
        coalesce(
          sum((SELECT count(*) FROM runs x WHERE x.runner_id = n.id AND x.status = 'running')),
          0
        )::int AS slots_used
      FROM runners n
      WHERE n.pools ? r.pool
        AND n.drain_requested_at IS NULL
        AND n.heartbeat_at > now() - $2 * interval '1 ms'
    ) pool
    CROSS JOIN LATERAL (
      SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY p.duration_ms) AS usual_ms
      FROM (
        SELECT o.duration_ms
        FROM runs o
        WHERE o.namespace = r.namespace
          AND o.layer = r.layer
          AND o.pipeline = r.pipeline
          AND o.status = 'success'
        ORDER BY o.created_at DESC, o.id DESC
        LIMIT 20
      ) p
    ) past
    WHERE r.id = $1`,
};
