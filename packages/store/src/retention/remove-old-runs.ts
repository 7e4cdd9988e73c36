import { formatRef, type PipelineRef, type RetentionChoice } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { parseChoice } from './retention-settings.ts';

/** The limits of how many ended runs of a pipeline are kept. */
export interface RetentionLimits {
  /** How many of the newest runs are kept; 0: no limit. */
  maxPerPipeline: number;
  /** How long ended runs are kept; 0: no limit. */
  maxAgeMs: number;
}

/** A position in the order of a pipeline’s runs. */
export interface RunPlace {
  createdAt: Date;
  id: string;
}

/** The range of runs that may be removed: all up to `until`. */
export interface RetentionBounds {
  /** The newest run beyond `maxPerPipeline`. */
  surplus: RunPlace | undefined;
  until: RunPlace;
}

/** The result of one step through the runs, from the oldest to the bound. */
export interface RemovalStep {
  removed: { id: string; logPath: string | undefined; qualityResults: number }[];
  /** Where the next step starts; undefined after the last step. */
  next: RunPlace | undefined;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A pipeline whose runs are to be swept. */
export interface PipelineToSweep {
  pipeline: PipelineRef;
  /** What people chose for this pipeline. */
  choice: RetentionChoice;
}

/**
 * Takes pipelines that were not swept within `everyMs` and marks them as swept, so that one of all
 * replicas does it.
 */
export async function takePipelinesToSweep(
  db: Database,
  query: { everyMs: number; limit: number },
): Promise<PipelineToSweep[]> {
  const answer = await db.pool.query<PipelineRef & { retention: unknown }>({
    name: 'take-pipelines-to-sweep',
    text: `UPDATE pipelines SET swept_at = now() WHERE id IN (
        SELECT id FROM pipelines WHERE coalesce(swept_at, created_at) < now() - $1 * interval '1 ms'
        ORDER BY coalesce(swept_at, created_at) LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
      RETURNING namespace, layer, name, retention`,
    values: [query.everyMs, query.limit],
  });
  return answer.rows.map(({ retention, ...pipeline }) => ({
    pipeline,
    choice: parseChoice(retention),
  }));
}

/**
 * Marks the pipeline for the next sweep, because one sweep could not remove all runs that are due.
 */
export async function sweepAgain(db: Database, pipeline: PipelineRef): Promise<void> {
  await db.pool.query(
    `UPDATE pipelines SET swept_at = to_timestamp(0)
     WHERE namespace = $1 AND layer = $2 AND name = $3`,
    [pipeline.namespace, pipeline.layer, pipeline.name],
  );
}

/**
 * The range of runs that may be removed; undefined when no run of the pipeline exceeds a limit.
 * Reads as many index entries as runs are kept.
 */
export async function findRetentionBounds(
  db: Database,
  pipeline: PipelineRef,
  limits: RetentionLimits,
): Promise<RetentionBounds | undefined> {
  const surplus = await findSurplus(db, pipeline, limits.maxPerPipeline);
  const aged: RunPlace | undefined =
    limits.maxAgeMs === 0
      ? undefined
      : { createdAt: new Date(Date.now() - limits.maxAgeMs), id: LAST_ID };
  const until =
    aged === undefined || (surplus && surplus.createdAt > aged.createdAt) ? surplus : aged;
  return until === undefined ? undefined : { surplus, until };
}

async function findSurplus(
  db: Database,
  { namespace, layer, name }: PipelineRef,
  kept: number,
): Promise<RunPlace | undefined> {
  if (kept === 0) return undefined;
  const answer = await db.pool.query<{ id: string; created_at: Date }>({
    name: 'find-surplus-run',
    text: `SELECT id, created_at FROM runs WHERE namespace = $1 AND layer = $2 AND pipeline = $3
      ORDER BY created_at DESC, id DESC OFFSET $4 LIMIT 1`,
    values: [namespace, layer, name, kept],
  });
  const row = answer.rows[0];
  return row && { createdAt: row.created_at, id: row.id };
}

/**
 * Removes runs beyond the limits, and all rows that belong to them, in one step that starts after
 * `after`. Keeps the runs of `spared`, runs that have not ended, and runs that are still in use
 * (see REMOVE). Locks ended runs only, and skips rows that another transaction has locked.
 */
export async function removeOldRuns(
  db: Database,
  pipeline: PipelineRef,
  step: {
    limits: RetentionLimits;
    bounds: RetentionBounds;
    spared: readonly string[];
    after: RunPlace | undefined;
    limit: number;
  },
): Promise<RemovalStep> {
  const { bounds, limits, after } = step;
  const answer = await db.pool.query<{
    id: string;
    created_at: Date;
    removed: boolean;
    logs_s3_path: string | null;
    quality_results: number;
  }>({
    ...REMOVE,
    values: [
      pipeline.namespace,
      pipeline.layer,
      pipeline.name,
      after?.createdAt ?? new Date(0),
      after?.id ?? FIRST_ID,
      bounds.until.createdAt,
      bounds.until.id,
      bounds.surplus?.createdAt ?? null,
      bounds.surplus?.id ?? null,
      limits.maxAgeMs === 0 ? null : limits.maxAgeMs,
      step.spared,
      formatRef(pipeline),
      step.limit,
    ],
  });
  const last = answer.rows.at(-1);
  return {
    removed: answer.rows
      .filter((row) => row.removed)
      .map((row) => ({
        id: row.id,
        logPath: row.logs_s3_path ?? undefined,
        qualityResults: row.quality_results,
      })),
    next: last && { createdAt: last.created_at, id: last.id },
  };
}

/**
 * Removes runs of one page. A page ends early where its runs have many stream rows, so that the
 * statement stays short. A run is removed if it has ended and exceeds a limit, unless one of these
 * holds:
 * - it ended within the last hour: a client may still poll it;
 * - it is the pipeline's newest success;
 * - its failed tests await a decision, or one was taken within the last hour;
 * - another run is a rerun of it, or a run of another pipeline has read its snapshot;
 * - files of it are still to be archived or cleaned up;
 * - an idempotency key still refers to it.
 */
const REMOVE = {
  name: 'remove-old-runs',
  text: `WITH page AS (
      SELECT id, created_at
      FROM (
        SELECT
          id,
          created_at,
          coalesce(
            sum(CASE WHEN logs_s3_path IS NULL THEN last_seq ELSE 0 END) OVER (
              ORDER BY created_at, id
              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            0
          ) AS rows_before
        FROM (
          SELECT id, created_at, logs_s3_path, last_seq
          FROM runs
          WHERE namespace = $1
            AND layer = $2
            AND pipeline = $3
            AND (created_at, id) > ($4::timestamptz, $5::uuid)
            AND (created_at, id) <= ($6::timestamptz, $7::uuid)
          ORDER BY created_at, id
          LIMIT $13
        ) AS candidates
      ) AS counted
      WHERE rows_before < 100000
    ), doomed AS (
      SELECT r.id
      FROM page JOIN runs r ON r.id = page.id
      WHERE r.status IN ('success', 'failed', 'cancelled')
        AND (
          (r.created_at, r.id) <= ($8::timestamptz, $9::uuid)
          OR r.finished_at < now() - $10::float8 * interval '1 ms'
        )
        AND r.finished_at < now() - interval '1 hour'
        AND r.id <> ALL($11::uuid[])
        AND r.id IS DISTINCT FROM (
          SELECT s.id
          FROM runs s
          WHERE s.namespace = $1
            AND s.layer = $2
            AND s.pipeline = $3
            AND s.status = 'success'
            AND s.kind = 'pipeline'
          ORDER BY s.created_at DESC, s.id DESC
          LIMIT 1
        )
        AND NOT r.has_leftovers
        AND NOT (
          r.kind = 'pipeline'
          AND r.failure_code IS NOT DISTINCT FROM 'quality_failed'
          AND NOT EXISTS (SELECT 1 FROM run_actions a WHERE a.run_id = r.id)
        )
        AND NOT EXISTS (
          SELECT 1 FROM run_actions a
          WHERE a.run_id = r.id AND a.at > now() - interval '1 hour'
        )
        AND NOT EXISTS (SELECT 1 FROM runs k WHERE k.rerun_of = r.id)
        AND (
          r.output_snapshot_id IS NULL
          OR NOT EXISTS (
            SELECT 1 FROM runs k
            WHERE k.input_snapshots <> '{}'
              AND k.input_snapshots @> jsonb_build_object($12::text, r.output_snapshot_id)
              AND k.pipeline_id <> r.pipeline_id
          )
        )
        AND NOT EXISTS (
          SELECT 1
          FROM run_actions a
            JOIN runs k
              ON k.input_snapshots <> '{}'
                AND k.input_snapshots @> jsonb_build_object($12::text, a.snapshot_id)
                AND k.pipeline_id <> r.pipeline_id
          WHERE a.run_id = r.id AND a.snapshot_id IS NOT NULL
        )
        AND NOT EXISTS (
          SELECT 1 FROM landing_reads l
          WHERE l.run_id = r.id AND l.archive = 'due'
        )
        AND NOT EXISTS (
          SELECT 1 FROM idempotency_keys i
          WHERE i.run_id = r.id AND i.expires_at > now()
        )
      FOR UPDATE OF r SKIP LOCKED
    ), removed AS (
      DELETE FROM runs WHERE id IN (SELECT id FROM doomed) RETURNING id, logs_s3_path
    )
    SELECT
      page.id,
      page.created_at,
      removed.id IS NOT NULL AS removed,
      removed.logs_s3_path,
      -- The whole statement sees the rows as they were before it.
      (SELECT count(*) FROM quality_results q WHERE q.run_id = removed.id) AS quality_results
    FROM page LEFT JOIN removed ON removed.id = page.id ORDER BY page.created_at, page.id`,
};
