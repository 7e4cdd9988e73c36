import { randomUUID } from 'node:crypto';
import { NotFoundError, type Layer, type PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';

/**
 * The filter of a bulk cancel: a run matches if it matches every field that is set. Set at least
 * one: an empty filter matches every run.
 */
export interface CancelFilter {
  namespace?: string | undefined;
  layer?: Layer | undefined;
  pipeline?: string | undefined;
  status?: 'pending' | 'running' | undefined;
  trigger?: string | undefined;
  ids?: readonly string[] | undefined;
}

/** A run in a plan. */
export interface PlannedRun {
  runId: string;
  pipeline: PipelineRef;
  status: 'pending' | 'running';
}

/** The preview of a bulk cancel. Its `token` cancels exactly `runs`. */
export interface CancelPlan {
  token: string;
  /**
   * How many runs match the filter. `runs`, which the token cancels, are at most the first 1,000 of
   * them, oldest first.
   */
  count: number;
  runs: PlannedRun[];
  expiresAt: Date;
}

const RUNS_A_PLAN = 1_000;

/** How long a token is valid. */
const PLAN_MINUTES = 10;

/** Stores which pending and running runs match the filter now. Cancels nothing. */
export async function createCancelPlan(db: Database, filter: CancelFilter): Promise<CancelPlan> {
  const found = await db.pool.query<PlannedRow>({
    ...MATCH,
    values: [
      filter.namespace ?? null,
      filter.layer ?? null,
      filter.pipeline ?? null,
      filter.status ?? null,
      filter.trigger ?? null,
      filter.ids ?? null,
      RUNS_A_PLAN,
    ],
  });
  const runs = found.rows.map(({ id, status, ...pipeline }): PlannedRun => {
    const { namespace, layer, name } = pipeline;
    return { runId: id, status, pipeline: { namespace, layer, name } };
  });
  const token = randomUUID();
  const stored = await db.pool.query<{ expires_at: Date }>({
    ...STORE,
    values: [token, runs.map((run) => run.runId), PLAN_MINUTES],
  });
  const expiresAt = stored.rows[0]?.expires_at;
  if (expiresAt === undefined) throw new Error('an insert returned no row');
  return { token, count: found.rows[0]?.count ?? 0, runs, expiresAt };
}

/**
 * The runs of a plan and their pipelines, newest first: waiting runs are then cancelled before the
 * runs they wait for. Runs that were removed since are missing. Throws NotFoundError for an unknown
 * or expired token.
 */
export async function getCancelPlan(
  db: Database,
  token: string,
): Promise<{ runId: string; pipelineId: string }[]> {
  const plan = await db.pool.query<{ run_ids: string[] }>({ ...FIND, values: [token] });
  const ids = plan.rows[0]?.run_ids;
  if (ids === undefined) throw new NotFoundError('there is no such plan, or it has expired');
  const runs = await db.pool.query<{ id: string; pipeline_id: string }>({
    ...PLANNED,
    values: [ids],
  });
  return runs.rows.map((run) => ({ runId: run.id, pipelineId: run.pipeline_id }));
}

/** Removes expired plans, at most `limit`. */
export async function forgetExpiredPlans(db: Database, limit: number): Promise<void> {
  await db.pool.query({ ...FORGET, values: [limit] });
}

interface PlannedRow extends PipelineRef {
  id: string;
  status: 'pending' | 'running';
  count: number;
}

const MATCH = {
  name: 'match-cancel-plan',
  text: `SELECT
      id,
      namespace,
      layer,
      pipeline AS name,
      status,
      count(*) OVER () AS count
    FROM runs
    WHERE status IN ('pending', 'running')
      AND ($1::text IS NULL OR namespace = $1)
      AND ($2::text IS NULL OR layer = $2)
      AND ($3::text IS NULL OR pipeline = $3)
      AND ($4::text IS NULL OR status = $4)
      AND ($5::text IS NULL OR trigger = $5)
      AND ($6::uuid[] IS NULL OR id = ANY ($6))
    ORDER BY created_at, id LIMIT $7`,
};

const STORE = {
  name: 'store-cancel-plan',
  text: `INSERT INTO cancel_plans (id, run_ids, expires_at)
    VALUES ($1, $2::uuid[], now() + $3 * interval '1 minute')
    RETURNING expires_at`,
};

const FIND = {
  name: 'find-cancel-plan',
  text: 'SELECT run_ids::text[] FROM cancel_plans WHERE id = $1 AND expires_at > now()',
};

const PLANNED = {
  name: 'planned-runs',
  text: `SELECT id, pipeline_id FROM runs
    WHERE id = ANY ($1::uuid[])
    ORDER BY created_at DESC, id DESC`,
};

const FORGET = {
  name: 'forget-cancel-plans',
  text: `DELETE FROM cancel_plans WHERE id IN (
    SELECT id FROM cancel_plans
    WHERE expires_at <= now()
    ORDER BY expires_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED)`,
};
