import {
  CATCH_UPS,
  FIRING_OUTCOMES,
  INTERVAL_MODES,
  LAYERS,
  MANAGERS,
  OVERLAPS,
  RUN_STATUSES,
} from '@rat/domain';
import { z } from 'zod';
import { homeNamespace, layer, slug, timestamp, zoned } from '../common.ts';
import { paramValues } from '../pipeline-files/params.ts';
import { words } from './cancel.ts';

const NAME_MAX = 64;
const JITTER_MAX = 86_400;
const WINDOW_MAX = 366 * 86_400;
const FAILURES_MAX = 100;
const PRIORITY_MAX = 100;
const EXPIRY_MAX = 30 * 86_400;

/** The most times that a preview shows. */
export const NEXT_TIMES_MAX = 100;

/** The name of a schedule, unique among those of its pipeline. */
export const scheduleName = slug.max(NAME_MAX);

/** When something happens: `cron`, or `every_seconds`. */
const rhythm = {
  /** 5 fields, or 6 with seconds in front, or a nickname such as `@daily`. */
  cron: z.string().nullish(),
  /** Counted from the Unix epoch, in place of `cron`. */
  every_seconds: z.number().int().nullish(),
  /** Shifts the times of `every_seconds`. */
  offset_seconds: z.number().int().nullish(),
  /** The zone of `cron`; `UTC` by default. */
  timezone: z.string().max(64).nullish(),
};

/** The settings of a schedule: in a PUT by name an absent one has its default, in one by id it stays as it is. */
const settings = {
  ...rhythm,
  /** Each schedule has a fixed delay below this: many that are due at once then start one after the other. */
  jitter_seconds: z.number().int().min(0).max(JITTER_MAX).nullish(),
  starts_at: zoned.nullish(),
  ends_at: zoned.nullish(),
  /** What a firing does while runs of this schedule are active; `inherit`: as the pipeline's `concurrency` decides. */
  overlap: z.enum(OVERLAPS).nullish(),
  /** What becomes of the times at which nothing could fire. */
  catch_up: z.enum(CATCH_UPS).nullish(),
  /** How far back `all` reaches; 7 days by default. */
  catch_up_window_seconds: z.number().int().min(60).max(WINDOW_MAX).nullish(),
  /** Where the interval of a run begins: at the due time before, or where the last success ended. */
  interval_mode: z.enum(INTERVAL_MODES).nullish(),
  /** After this many failed runs in a row the schedule is paused; null: never. */
  max_failures: z.number().int().min(1).max(FAILURES_MAX).nullish(),
  priority: z.number().int().min(-PRIORITY_MAX).max(PRIORITY_MAX).nullish(),
  /** A run that is not started within this time is cancelled. */
  expires_in_seconds: z.number().int().min(1).max(EXPIRY_MAX).nullish(),
  /** Values of the pipeline's parameters, by name. */
  params: paramValues.nullish(),
  /** false: it is paused. */
  enabled: z.boolean({ error: 'must be true or false' }).nullish(),
};

/** The body of PUT …/schedules/{schedule} and of PUT /schedules/{id}. */
export const putScheduleBody = z.strictObject(settings).meta({ id: 'PutScheduleBody' });
export type PutScheduleBody = z.infer<typeof putScheduleBody>;

/** The body of POST /schedules. */
export const createScheduleBody = z
  .strictObject({
    namespace: homeNamespace,
    layer: z.enum(LAYERS, { error: `must be one of ${LAYERS.join(', ')}` }),
    pipeline: slug,
    /** By default the first free one of `schedule`, `schedule-2`, … */
    name: scheduleName.nullish(),
    ...settings,
  })
  .meta({ id: 'CreateScheduleBody' });

/** The body of POST /schedules/preview. */
export const previewScheduleBody = z
  .strictObject({
    ...rhythm,
    count: z.number().int().min(1).max(NEXT_TIMES_MAX).nullish(),
    /** The times after this one; now by default. */
    after: zoned.nullish(),
  })
  .meta({ id: 'PreviewScheduleBody' });

/** The body of POST /schedules/{id}/pause. */
export const pauseScheduleBody = z
  .strictObject({ reason: words.nullish(), requested_by: words.nullish() })
  .meta({ id: 'PauseScheduleBody' });

/** The body of POST /schedules/{id}/resume. */
export const resumeScheduleBody = z
  .strictObject({
    /** Whether the times of the pause are due; `catch_up` decides about them then. */
    catch_up: z.boolean({ error: 'must be true or false' }).nullish(),
  })
  .meta({ id: 'ResumeScheduleBody' });

/** The body of POST /schedules/{id}/run. */
export const runScheduleBody = z
  .strictObject({
    /** A time of the schedule, past or future: the run is about its interval. */
    for: zoned.nullish(),
    /** Values of the pipeline's parameters; they win over those of the schedule. */
    params: paramValues.nullish(),
  })
  .meta({ id: 'RunScheduleBody' });

const count = z.number().int().nonnegative();
const outcome = z.enum(FIRING_OUTCOMES);

/** A schedule with what it did last. */
export const schedule = z
  .object({
    id: z.uuid(),
    pipeline_id: z.uuid(),
    namespace: z.string(),
    layer,
    pipeline: z.string(),
    name: z.string(),
    cron: z.string().nullable(),
    every_seconds: z.number().int().nullable(),
    offset_seconds: count,
    timezone: z.string(),
    /** The rhythm in English; null where no sentence describes it. */
    description: z.string().nullable(),
    /** What its author may not expect. */
    warnings: z.array(z.string()),
    jitter_seconds: count,
    /** The fixed delay of its firings, below `jitter_seconds`. */
    delay_seconds: count,
    starts_at: timestamp.nullable(),
    ends_at: timestamp.nullable(),
    overlap: z.enum(OVERLAPS),
    catch_up: z.enum(CATCH_UPS),
    catch_up_window_seconds: count,
    interval_mode: z.enum(INTERVAL_MODES),
    max_failures: z.number().int().nullable(),
    priority: z.number().int(),
    expires_in_seconds: z.number().int().nullable(),
    /** The values that its runs give to the pipeline's parameters. */
    params: paramValues,
    /** `files`: an `automation.yaml` sets it, and it can only be paused and resumed here. */
    managed_by: z.enum(MANAGERS),
    /** Whether it is not paused. */
    enabled: z.boolean(),
    paused: z
      .object({ at: timestamp, by: z.string().nullable(), reason: z.string().nullable() })
      .nullable(),
    /** The next nominal time; null while it is paused, and when there is none. */
    next_for: timestamp.nullable(),
    /** The same with the delay. */
    next_fire_at: timestamp.nullable(),
    /** Another name of `next_fire_at`. */
    next_run_at: timestamp.nullable(),
    last_firing: z
      .object({ id: z.uuid(), outcome, reason: z.string().nullable(), at: timestamp })
      .nullable(),
    last_run_id: z.uuid().nullable(),
    last_run_at: timestamp.nullable(),
    last_run_status: z.enum(RUN_STATUSES).nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Schedule' });
export type ScheduleAnswer = z.infer<typeof schedule>;

export const scheduleList = z
  .object({ schedules: z.array(schedule), total: count })
  .meta({ id: 'SchedulePage' });
export type ScheduleList = z.infer<typeof scheduleList>;

/** One time at which a schedule fires. */
const nextTime = z.object({
  scheduled_for: timestamp,
  /** The same in the schedule's zone. */
  local: timestamp,
  fire_at: timestamp,
  /**
   * On a day when clocks shift: `gap`, the wall time of the pattern does not exist; `first_pass` and
   * `second_pass`, it exists twice.
   */
  shift: z.enum(['gap', 'first_pass', 'second_pass']).nullable(),
});

export const nextTimes = z.object({ times: z.array(nextTime) }).meta({ id: 'NextTimes' });
export type NextTimes = z.infer<typeof nextTimes>;

/** The answer to POST /schedules/preview. */
export const schedulePreview = z
  .object({
    description: z.string().nullable(),
    warnings: z.array(z.string()),
    times: z.array(nextTime),
  })
  .meta({ id: 'SchedulePreview' });
export type SchedulePreview = z.infer<typeof schedulePreview>;

/** One thing that changed. */
export const firingCause = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('run'), pipeline: z.string(), run_id: z.uuid() }),
    z.object({
      kind: z.literal('table'),
      table: z.string(),
      data_version: z.string(),
      /** Null: another program wrote it. */
      run_id: z.uuid().nullable(),
    }),
    z.object({
      kind: z.literal('files'),
      /** `namespace/zone` */
      zone: z.string(),
      /** The first of them. */
      files: z.array(z.string()),
      total: z.number().int(),
    }),
    z.object({ kind: z.literal('delivery'), delivery_id: z.string() }),
    z.object({ kind: z.literal('person'), name: z.string().nullable() }),
  ])
  .meta({ id: 'FiringCause' });

/** What became of one time at which a schedule was due, or of several; or of changes that a trigger watches. */
const firing = z
  .object({
    id: z.uuid(),
    /** The nominal time; of several, the first. Null: a person requested the run. */
    scheduled_for: timestamp.nullable(),
    /** Of several nominal times, the last. */
    scheduled_until: timestamp.nullable(),
    decided_at: timestamp,
    /** When it last happened; equal skips in a row are one firing. */
    last_at: timestamp,
    /** How long after its time it fired, without the schedule's own delay. */
    lag_ms: z.number().int().nullable(),
    outcome,
    reason: z.string().nullable(),
    /** How many times it stands for. */
    count: z.number().int().positive(),
    run_id: z.uuid().nullable(),
    run_status: z.enum(RUN_STATUSES).nullable(),
    /** The run that was in the way. */
    blocked_by: z.uuid().nullable(),
    interval_start: timestamp.nullable(),
    interval_end: timestamp.nullable(),
    /** What changed; empty for a firing of a schedule. */
    causes: z.array(firingCause),
    /** How many more causes are in namespaces that the caller may not see. */
    hidden: z.number().int().nonnegative(),
    /** How many firings of triggers led to it, each by the run of the one before. */
    depth: z.number().int().nonnegative(),
  })
  .meta({ id: 'Firing' });
export type FiringAnswer = z.infer<typeof firing>;

export const firingList = z
  .object({ firings: z.array(firing), next_cursor: z.string().nullable() })
  .meta({ id: 'FiringPage' });
export type FiringList = z.infer<typeof firingList>;

/** The answer to POST /schedules/{id}/run. */
export const runScheduleAnswer = z
  .object({ run_id: z.uuid(), firing_id: z.uuid(), status: z.literal('pending') })
  .meta({ id: 'RunScheduleAnswer' });
export type RunScheduleAnswer = z.infer<typeof runScheduleAnswer>;
