import {
  ATTEMPT_OUTCOMES,
  FAILURE_CODES,
  PHASES,
  RUN_DISPOSITIONS,
  RUN_KINDS,
  RUN_STATUSES,
} from '@rat/domain';
import { z } from 'zod';
import { layer, timestamp } from '../common.ts';
import { paramValues } from '../pipeline-files/params.ts';
import { causedBy } from './caused-by.ts';
import { maintenanceReport } from './maintenance.ts';
import { runActionResponse } from './run-action.ts';

export const runStatus = z.enum(RUN_STATUSES).meta({ id: 'RunStatus' });

/** A phase of the latest attempt, on the wire and in `runs.phases`. */
export const phaseRecord = z
  .object({
    name: z.enum(PHASES),
    status: z.enum(['success', 'failed', 'cancelled']),
    started_at: timestamp,
    duration_ms: z.number().int().nonnegative(),
    rows: z.number().int().nonnegative().optional(),
    bytes: z.number().int().nonnegative().optional(),
  })
  .meta({ id: 'PhaseRecord' });

/** Why a run failed; its message is `error`. */
export const failureResponse = z
  .object({
    code: z.enum(FAILURE_CODES),
    phase: z.enum(PHASES).optional(),
    statement: z.string().optional(),
    /** The author's file that `line` and `column` count in: `pipeline.sql`, or `tests/quality/<name>.sql`. */
    file: z.string().optional(),
    line: z.number().int().optional(),
    column: z.number().int().optional(),
    /** The same place in the author's file as `line` and `column`, named so that no reader takes it for another one. */
    source_line: z.number().int().optional(),
    source_column: z.number().int().optional(),
    /** The place within `statement`, the compiled SQL. Both count from 1. */
    statement_line: z.number().int().optional(),
    statement_column: z.number().int().optional(),
  })
  .meta({ id: 'Failure' });

/** How far the attempt that is under way has come. */
export const runProgress = z
  .object({
    percent: z.number().min(0).max(100),
    /** Rows that the statement has read so far, where the engine knows. */
    rows: z.number().int().nonnegative().nullable(),
    memory_bytes: z.number().int().nonnegative().nullable(),
    phase: z.enum(PHASES).nullable(),
    at: timestamp,
  })
  .meta({ id: 'RunProgress' });

/** One run in a list. */
export const runSummary = z
  .object({
    id: z.uuid(),
    pipeline_id: z.uuid(),
    namespace: z.string(),
    layer,
    pipeline: z.string(),
    kind: z.enum(RUN_KINDS),
    pipeline_version: z.number().int().positive(),
    /** The runners that may execute it. */
    pool: z.string(),
    status: runStatus,
    trigger: z.string(),
    /** The principal, or the name in `X-Requested-By`. Null when no person requested the run, or the request has no name. */
    requested_by: z.string().nullable(),
    /** The run group that made it. */
    group_id: z.uuid().nullable(),
    attempt: z.number().int().nonnegative(),
    max_attempts: z.number().int().positive(),
    started_at: timestamp.nullable(),
    finished_at: timestamp.nullable(),
    duration_ms: z.number().int().nonnegative().nullable(),
    queued_ms: z.number().int().nonnegative().nullable(),
    rows_written: z.number().int().nonnegative().nullable(),
    error: z.string().nullable(),
    /** Of a failed run; the run in full has the place too. */
    failure: z.object({ code: z.enum(FAILURE_CODES), phase: z.enum(PHASES).nullable() }).nullable(),
    /** What became of its rows, where the status does not say it: quarantined until a person decides. */
    disposition: z.enum(RUN_DISPOSITIONS).nullable(),
    /** Of a running run, once it has told any. */
    progress: runProgress.nullable(),
    logs_s3_path: z.string().nullable(),
    created_at: timestamp,
  })
  .meta({ id: 'RunSummary' });
export type RunSummary = z.infer<typeof runSummary>;

/** One try of a run by one runner; without an end and an outcome while it is under way. */
export const runAttempt = z
  .object({
    attempt: z.number().int().positive(),
    runner: z.string(),
    started_at: timestamp,
    finished_at: timestamp.nullable(),
    outcome: z.enum(ATTEMPT_OUTCOMES).nullable(),
    failure: z
      .object({
        code: z.enum(FAILURE_CODES),
        message: z.string(),
        phase: z.enum(PHASES).nullable(),
      })
      .nullable(),
    /** The phases that it finished; empty while it is under way. */
    phases: z.array(phaseRecord),
  })
  .meta({ id: 'RunAttempt' });
export type RunAttemptResponse = z.infer<typeof runAttempt>;

const lineCount = z.number().int().nonnegative();

/** How many lines the log of a run has so far. */
export const logSummary = z
  .object({
    lines: lineCount,
    by_level: z.object({ debug: lineCount, info: lineCount, warn: lineCount, error: lineCount }),
    /** The `seq` of the first line of the level `error`; null when there is none. */
    first_error_seq: z.number().int().positive().nullable(),
  })
  .meta({ id: 'LogSummary' });

/** What became of a request to cancel a run. */
export const cancelReceipt = z
  .object({
    requested_at: timestamp,
    requested_by: z.string().nullable(),
    reason: z.string().nullable(),
    /** When the runner interrupted the executor; null when nothing was running. */
    interrupted_at: timestamp.nullable(),
    /** When nothing of the run was being executed any more; null until that is confirmed. */
    stopped_at: timestamp.nullable(),
    /** The phase in which it was stopped; `pending` when no attempt was under way, null while that is not known. */
    phase: z.enum(['pending', ...PHASES]).nullable(),
    /** Once a cancel is requested, nothing of the run becomes public. */
    published: z.literal(false),
  })
  .meta({ id: 'CancelReceipt' });

/** One run in full. */
export const runDetail = runSummary
  .extend({
    /** What a maintenance run did. */
    maintenance: maintenanceReport.nullable(),
    rerun_of: z.uuid().nullable(),
    expires_at: timestamp.nullable(),
    /** Since when it is to end cancelled, and what became of that. */
    cancel: cancelReceipt.nullable(),
    /** Whether it reads the very snapshots that the run did which it repeats. */
    reproduces: z.boolean(),
    /** Greater starts earlier among those that wait. */
    priority: z.number().int(),
    /** Whether the request was to replace the whole table, also under another merge strategy. */
    full_refresh: z.boolean(),
    /** The values that were given to the pipeline's parameters. */
    params: paramValues,
    /** The schedule that made the run, and its firing; null for a run that a request made. */
    schedule_id: z.uuid().nullable(),
    /** The trigger that made it. */
    trigger_id: z.uuid().nullable(),
    /** The `X-Request-ID` of the request that made the run; null when none did. */
    request_id: z.string().nullable(),
    /** The trace of that request; a run that no request made has a trace with its own id, without dashes. */
    trace_id: z.string().nullable(),
    firing_id: z.uuid().nullable(),
    /** Why it started by itself; null for a run that a request made. */
    caused_by: causedBy.nullable(),
    /** The time that the run is about: from `start` until before `end`. */
    interval: z
      .object({
        start: timestamp,
        end: timestamp,
        /** The date of the start in the schedule's zone. */
        logical_date: z.iso.date(),
      })
      .nullable(),
    rows_deleted: z.number().int().nonnegative().nullable(),
    /** Rows of the table once the run was published. */
    rows_total: z.number().int().nonnegative().nullable(),
    /** `namespace.layer.name` → the snapshot that the run read. Snapshot ids are text: JSON numbers cannot hold them. */
    input_snapshots: z.record(z.string(), z.string()),
    output_snapshot_id: z.string().nullable(),
    /** The files that the latest attempt reads or has read, by landing zone: at most the first 1,000 of each. */
    landing_files: z.record(
      z.string(),
      z.array(z.object({ path: z.string(), bytes: z.number().int().nonnegative() })),
    ),
    /** How many there are, by landing zone. */
    landing_files_total: z.record(z.string(), z.number().int().nonnegative()),
    failure: failureResponse.nullable(),
    phases: z.array(phaseRecord),
    /** While the rows of a run whose tests failed are kept: the branch that shows them, and until when it stays at least. */
    quarantine: z.object({ branch: z.string(), kept_until: timestamp.nullable() }).nullable(),
    /** What people decided about the run's data after it had ended. */
    actions: z.array(runActionResponse),
    /** Between attempts: the next one does not begin before this. */
    next_attempt_at: timestamp.nullable(),
    /** Oldest first. */
    attempts: z.array(runAttempt),
    /** What its log has, over all attempts; null before the first one, and for a log that a release without counts archived. */
    log: logSummary.nullable(),
  })
  .meta({ id: 'Run' });
export type RunDetail = z.infer<typeof runDetail>;

export const runList = z
  .object({
    runs: z.array(runSummary),
    total: z.number().int().nonnegative(),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'RunPage' });
export type RunList = z.infer<typeof runList>;

export const createRunAnswer = z
  .object({ run_id: z.uuid(), status: z.literal('pending') })
  .meta({ id: 'CreatedRun' });
export type CreateRunAnswer = z.infer<typeof createRunAnswer>;

export const cancelRunAnswer = z
  .object({ run_id: z.uuid(), status: z.literal('cancelled') })
  .meta({ id: 'CancelledRun' });
export type CancelRunAnswer = z.infer<typeof cancelRunAnswer>;
