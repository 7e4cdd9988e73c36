import {
  delayOf,
  type CatchUp,
  type FiringOutcome,
  type FiringPlan,
  type IntervalMode,
  type Layer,
  type Manager,
  type Overlap,
  type ParamValues,
  type PipelineRef,
  type RunStatus,
  type ScheduleSettings,
} from '@rat/domain';

/** A schedule that is not deleted. */
export interface ScheduleRow extends ScheduleSettings {
  id: string;
  pipelineId: string;
  pipeline: PipelineRef;
  name: string;
  /** The fixed delay of its firings, from its id and its jitter. */
  delayMs: number;
  managedBy: Manager;
  /** Where the interval of its last success ended; only under `since_success`. */
  succeededUntil: Date | undefined;
  /** Undefined: it fires. */
  paused: { at: Date; by: string | undefined; reason: string | undefined } | undefined;
  /** Every nominal time up to here is decided. */
  decidedUntil: Date;
  /** The next nominal time; undefined while it is paused, and when there is none. */
  nextFor: Date | undefined;
  fireAt: Date | undefined;
  revision: number;
  createdAt: Date;
  updatedAt: Date;
}

/**
 * Computes what a schedule does at a moment, and when it is due again. `waits` false: a nominal time
 * that waits for the delay of the schedule is due too.
 */
export type PlanFirings = (
  schedule: ScheduleRow,
  now: Date,
  options?: { waits: boolean },
) => FiringPlan;

/** A schedule with what it did last. */
export interface ScheduleStory extends ScheduleRow {
  lastFiring:
    | { id: string; outcome: FiringOutcome; reason: string | undefined; at: Date }
    | undefined;
  lastRun: { id: string; status: RunStatus; at: Date } | undefined;
}

/** A success that is older than so many others ended no later interval than all of them. */
const SUCCESSES_MAX = 100;

/** The columns of StoredSchedule, for a statement that joins `schedules s` and `pipelines p`. */
export const SCHEDULE_COLUMNS = `
  s.id::text,
  s.pipeline_id::text,
  p.namespace,
  p.layer,
  p.name AS pipeline,
  s.name,
  s.cron,
  s.every_seconds,
  s.offset_seconds,
  s.timezone,
  s.jitter_seconds,
  s.starts_at,
  s.ends_at,
  s.overlap,
  s.catch_up,
  s.catch_up_window_seconds,
  s.interval_mode,
  s.max_failures,
  s.priority,
  s.expires_in_seconds,
  s.params,
  s.managed_by,
  CASE WHEN s.interval_mode = 'since_success' THEN (
    SELECT max(newest.interval_end) FROM (
      SELECT r.interval_end FROM runs r
      WHERE r.source_id = s.id AND r.status = 'success' AND r.interval_end IS NOT NULL
      ORDER BY r.created_at DESC LIMIT ${SUCCESSES_MAX}
    ) newest
  ) END AS succeeded_until,
  s.paused_at,
  s.paused_by,
  s.pause_reason,
  s.decided_until,
  s.next_for,
  s.fire_at,
  s.revision,
  s.created_at,
  s.updated_at`;

/** A row as SCHEDULE_COLUMNS select it. */
export interface StoredSchedule {
  id: string;
  pipeline_id: string;
  namespace: string;
  layer: Layer;
  pipeline: string;
  name: string;
  cron: string | null;
  every_seconds: number | null;
  offset_seconds: number;
  timezone: string;
  jitter_seconds: number;
  starts_at: Date | null;
  ends_at: Date | null;
  overlap: Overlap;
  catch_up: CatchUp;
  catch_up_window_seconds: number;
  interval_mode: IntervalMode;
  max_failures: number | null;
  priority: number;
  expires_in_seconds: number | null;
  params: ParamValues | null;
  managed_by: Manager;
  succeeded_until: Date | null;
  paused_at: Date | null;
  paused_by: string | null;
  pause_reason: string | null;
  decided_until: Date;
  next_for: Date | null;
  fire_at: Date | null;
  revision: number;
  created_at: Date;
  updated_at: Date;
}

export function toSchedule(row: StoredSchedule): ScheduleRow {
  return {
    id: row.id,
    pipelineId: row.pipeline_id,
    pipeline: { namespace: row.namespace, layer: row.layer, name: row.pipeline },
    name: row.name,
    rhythm:
      row.cron === null
        ? {
            kind: 'interval',
            everySeconds: row.every_seconds ?? 0,
            offsetSeconds: row.offset_seconds,
          }
        : { kind: 'cron', cron: row.cron },
    timezone: row.timezone,
    jitterSeconds: row.jitter_seconds,
    delayMs: delayOf(row.id, row.jitter_seconds) * 1_000,
    startsAt: row.starts_at ?? undefined,
    endsAt: row.ends_at ?? undefined,
    overlap: row.overlap,
    catchUp: row.catch_up,
    catchUpWindowSeconds: row.catch_up_window_seconds,
    intervalMode: row.interval_mode,
    maxFailures: row.max_failures ?? undefined,
    priority: row.priority,
    expiresInSeconds: row.expires_in_seconds ?? undefined,
    params: row.params ?? undefined,
    managedBy: row.managed_by,
    succeededUntil: row.succeeded_until ?? undefined,
    paused:
      row.paused_at === null
        ? undefined
        : {
            at: row.paused_at,
            by: row.paused_by ?? undefined,
            reason: row.pause_reason ?? undefined,
          },
    decidedUntil: row.decided_until,
    nextFor: row.next_for ?? undefined,
    fireAt: row.fire_at ?? undefined,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
