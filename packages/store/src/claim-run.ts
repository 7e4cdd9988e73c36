import type { Layer } from '@rat/domain';
import type { Database } from './database.ts';

/** A run that this runner now owns, with everything that its execution needs. */
export interface ClaimedRun {
  id: string;
  attempt: number;
  namespace: string;
  layer: Layer;
  pipeline: string;
  sql: string;
  /** The effective config of the pinned version, as stored. */
  config: unknown;
  qualityTests: unknown;
  interruptions: number;
  maxAttempts: number;
  /** Whether the run replaces the whole table, whatever its strategy. */
  fullRefresh: boolean;
  /** When this attempt began, by the database's clock. */
  claimedAt: Date;
  /** The seq of the status event that the claim wrote. */
  seq: number;
}

/**
 * `pending → running`, `attempt + 1`, the lease set and the status event written, in one statement. The guard on
 * `attempt` makes a second delivery of the same ticket lose; a run that was cancelled, or whose retry is not due, is
 * not matched either. undefined: somebody else has it, or nobody should; not an error.
 */
export async function claimRun(
  db: Database,
  ticket: { runId: string; attempt: number },
  owner: { runnerId: string; leaseMs: number },
): Promise<ClaimedRun | undefined> {
  const answer = await db.pool.query<ClaimRow>({
    ...CLAIM,
    values: [ticket.runId, ticket.attempt, owner.runnerId, owner.leaseMs],
  });
  const row = answer.rows[0];
  if (row === undefined) return undefined;
  return {
    id: row.id,
    attempt: row.attempt,
    namespace: row.namespace,
    layer: row.layer,
    pipeline: row.pipeline,
    sql: row.sql,
    config: row.config,
    qualityTests: row.quality_tests,
    interruptions: row.interruptions,
    maxAttempts: row.max_attempts,
    fullRefresh: row.full_refresh,
    claimedAt: row.claimed_at,
    seq: row.last_seq,
  };
}

interface ClaimRow {
  id: string;
  attempt: number;
  namespace: string;
  layer: Layer;
  pipeline: string;
  sql: string;
  config: unknown;
  quality_tests: unknown;
  interruptions: number;
  max_attempts: number;
  full_refresh: boolean;
  claimed_at: Date;
  last_seq: number;
}

const CLAIM = {
  name: 'claim-run',
  text: `WITH claimed AS (
      UPDATE runs SET status = 'running', attempt = attempt + 1, runner_id = $3,
        lease_expires_at = now() + $4 * interval '1 ms', started_at = coalesce(started_at, now()),
        not_before = NULL, phases = '[]', attempt_events = 0, last_seq = last_seq + 1
      WHERE id = $1 AND attempt = $2 - 1 AND status = 'pending' AND (not_before IS NULL OR not_before <= now())
      RETURNING *
    ), event AS (
      INSERT INTO run_events (run_id, seq, attempt, kind, at, payload)
      SELECT id, last_seq, attempt, 'status', now(),
        '{"status":"running","rows_written":null,"duration_ms":null,"error":null}'
      FROM claimed
    )
    SELECT c.id, c.attempt, c.namespace, c.layer, c.pipeline, v.sql, v.config, v.quality_tests, c.interruptions,
      c.max_attempts, c.full_refresh, now() AS claimed_at, c.last_seq
    FROM claimed c JOIN pipeline_versions v ON v.id = c.pipeline_version_id`,
};
