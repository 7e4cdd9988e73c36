import { triggerLabel } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import { createRunId } from '../db/create-run-id.ts';
import type { RunRequest } from './run-request.ts';
import { storableJson } from '../db/storable.ts';

/** A run to insert, with the decisions that were already made about it. */
export interface RunToInsert {
  request: RunRequest;
  /** The concurrency limit was already enforced: insert the run regardless of `on_conflict`. */
  isWithinLimit?: boolean;
  /** The namespace has a place in line for the run, or no quota of runs in line. */
  hasPlace?: boolean;
  /** The pipeline version to pin, unless the request pins one itself. */
  version?: number | undefined;
  /** The firing that makes the run. */
  firing?: RunFiring | undefined;
}

/** Where a run comes from that no request made. */
export interface RunFiring {
  /** The id of the new run: its firing names it before it exists. */
  runId: string;
  id: string;
  sourceId: string;
  /** The transaction's time: a run is not older than its firing. */
  at: Date;
  /** The time that the run is about. */
  interval: { start: Date; end: Date; logicalDate: string } | undefined;
}

/** The result for one run, and what the caller needs to enforce the concurrency limit. */
export interface InsertedRun {
  id: string;
  /** False: nothing was inserted, because the concurrency limit or a quota has to be enforced first. */
  isInserted: boolean;
  /** Whether the namespace has a quota of runs in line that holds for this run. */
  hasQuota: boolean;
  pipelineId: string;
  version: number;
  pool: string;
  limit: number;
  onConflict: 'queue' | 'skip' | 'replace';
}

/** Retries unless the pipeline or the caller sets them. Only transient failures use them. */
const DEFAULT_MAX_RETRIES = 2;

/**
 * Inserts pending runs in one statement and in their order, each pinned to its pipeline's current
 * version. Returns one result per run; undefined when the pipeline or the version does not exist.
 */
export async function insertRuns(
  client: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>,
  runs: readonly RunToInsert[],
): Promise<(InsertedRun | undefined)[]> {
  const records = runs.map(toRecord);
  const rows = await client.$queryRawUnsafe<InsertedRow[]>(INSERT_RUNS, storableJson(records));
  const found = new Map(rows.map((row) => [row.id, row]));
  return records.map(({ id }) => {
    const row = found.get(id);
    return (
      row && {
        id,
        isInserted: row.is_inserted,
        hasQuota: row.has_quota,
        pipelineId: row.pipeline_id,
        version: row.version,
        pool: row.pool,
        limit: row.concurrency_limit,
        onConflict: row.on_conflict,
      }
    );
  });
}

interface InsertedRow {
  id: string;
  is_inserted: boolean;
  has_quota: boolean;
  pipeline_id: string;
  version: number;
  pool: string;
  concurrency_limit: number;
  on_conflict: 'queue' | 'skip' | 'replace';
}

function toRecord(run: RunToInsert) {
  const { request, version, isWithinLimit = false, hasPlace = false, firing } = run;
  const { overrides = {}, expiresInSeconds } = request;
  const now = firing?.at.getTime() ?? Date.now();
  return {
    id: firing?.runId ?? createRunId(),
    namespace: request.pipeline.namespace,
    layer: request.pipeline.layer,
    pipeline: request.pipeline.name,
    version: request.reproduces?.pipelineVersion ?? version,
    kind: request.kind ?? 'pipeline',
    trigger: triggerLabel(request.trigger),
    full_refresh: request.fullRefresh ?? false,
    priority: request.priority ?? 0,
    overrides,
    max_retries: overrides.max_retries,
    expires_at: expiresInSeconds === undefined ? null : new Date(now + expiresInSeconds * 1_000),
    rerun_of: request.rerunOf,
    pinned_snapshots: request.reproduces?.inputSnapshots,
    has_room: isWithinLimit,
    has_place: hasPlace,
    now: new Date(now),
    params: request.params,
    source_id: firing?.sourceId,
    firing_id: firing?.id,
    interval_start: firing?.interval?.start,
    interval_end: firing?.interval?.end,
    logical_date: firing?.interval?.logicalDate,
    traceparent: request.origin?.traceparent,
    request_id: request.origin?.requestId,
    requested_by: request.requestedBy,
    group_id: request.groupId,
  };
}

/**
 * Looks up each pipeline by its index: `LIMIT` keeps the planner, which cannot know how few
 * records there are, from reading all pipelines. `enqueued_at` is set in advance: if the ticket
 * is lost, rescue finds the run a few seconds later. A run that repeats another one copies its
 * parameters and its interval.
 */
const INSERT_RUNS = `
  WITH pinned AS (
    SELECT asked.*, pipelines.*
    FROM
      jsonb_to_recordset($1::jsonb) AS asked (
        id uuid,
        namespace text,
        layer text,
        pipeline text,
        version int,
        kind text,
        trigger text,
        full_refresh boolean,
        priority smallint,
        overrides jsonb,
        max_retries int,
        expires_at timestamptz,
        rerun_of uuid,
        pinned_snapshots jsonb,
        has_room boolean,
        has_place boolean,
        now timestamptz,
        params jsonb,
        source_id uuid,
        firing_id uuid,
        interval_start timestamptz,
        interval_end timestamptz,
        logical_date date,
        traceparent text,
        request_id text,
        requested_by text,
        group_id uuid
      ),
      LATERAL (
        SELECT
          p.id AS pipeline_id,
          v.id AS version_id,
          v.version AS pinned_version,
          (v.config ->> 'max_retries')::int AS own_max_retries,
          coalesce((v.config #>> '{concurrency,limit}')::int, 1) AS concurrency_limit,
          coalesce(v.config #>> '{concurrency,on_conflict}', 'queue') AS on_conflict,
          coalesce(v.config ->> 'pool', 'default') AS pool,
          n.max_runs_in_line IS NOT NULL AND asked.kind <> 'maintenance' AS has_quota
        FROM pipelines p
          JOIN namespaces n ON n.name = p.namespace
          JOIN pipeline_versions v
            ON v.pipeline_id = p.id AND v.version = coalesce(asked.version, p.current_version)
        WHERE p.namespace = asked.namespace
          AND p.layer = asked.layer
          AND p.name = asked.pipeline
          AND p.deleted_at IS NULL
        LIMIT 1
      ) AS pipelines
  ), inserted AS (
    INSERT INTO runs (
      id,
      pipeline_id,
      pipeline_version_id,
      namespace,
      layer,
      pipeline,
      kind,
      trigger,
      full_refresh,
      priority,
      concurrency_limit,
      pool,
      max_attempts,
      overrides,
      expires_at,
      rerun_of,
      pinned_snapshots,
      created_at,
      enqueued_at,
      params,
      source_id,
      firing_id,
      interval_start,
      interval_end,
      logical_date,
      traceparent,
      request_id,
      requested_by,
      group_id
    )
    SELECT
      id,
      pipeline_id,
      version_id,
      namespace,
      layer,
      pipeline,
      kind,
      trigger,
      full_refresh,
      priority,
      concurrency_limit,
      pool,
      1 + coalesce(max_retries, own_max_retries, ${DEFAULT_MAX_RETRIES}),
      overrides,
      expires_at,
      rerun_of,
      pinned_snapshots,
      now,
      now,
      coalesce(params, (SELECT o.params FROM runs o WHERE o.id = pinned.rerun_of)),
      source_id,
      firing_id,
      coalesce(interval_start, (SELECT o.interval_start FROM runs o WHERE o.id = pinned.rerun_of)),
      coalesce(interval_end, (SELECT o.interval_end FROM runs o WHERE o.id = pinned.rerun_of)),
      coalesce(logical_date, (SELECT o.logical_date FROM runs o WHERE o.id = pinned.rerun_of)),
      traceparent,
      request_id,
      requested_by,
      group_id
    FROM pinned
    WHERE (has_room OR on_conflict = 'queue' OR kind <> 'pipeline')
      AND (has_place OR NOT has_quota)
    RETURNING id
  )
  SELECT
    pinned.id::text,
    inserted.id IS NOT NULL AS is_inserted,
    has_quota,
    pipeline_id::text,
    pinned_version AS version,
    pool,
    concurrency_limit,
    on_conflict
  FROM pinned
    LEFT JOIN inserted USING (id)`;
