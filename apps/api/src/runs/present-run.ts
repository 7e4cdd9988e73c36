import type { RunActionResponse, RunAttemptResponse, RunDetail, RunSummary } from '@rat/contracts';
import {
  dispositionOf,
  runBranch,
  type CancelReceipt,
  type PhaseRecord,
  type Run,
  type RunAction,
  type RunAttempt,
  type RunFailure,
} from '@rat/domain';
import type { LandingRead, ListedRun, LogCounts, RunProgress, RunStory } from '@rat/store';

const HOUR_MS = 3_600_000;

/** A run as an element of a list: every key is present, with null for a missing value. */
export function presentRun(run: ListedRun): RunSummary {
  return {
    id: run.id,
    pipeline_id: run.pipelineId,
    namespace: run.namespace,
    layer: run.layer,
    pipeline: run.pipeline,
    kind: run.kind,
    pipeline_version: run.pipelineVersion,
    pool: run.pool,
    status: run.status,
    trigger: run.trigger,
    requested_by: run.requestedBy ?? null,
    group_id: run.groupId ?? null,
    attempt: run.attempt,
    max_attempts: run.maxAttempts,
    started_at: run.startedAt?.toISOString() ?? null,
    finished_at: run.finishedAt?.toISOString() ?? null,
    duration_ms: run.durationMs ?? null,
    queued_ms: queuedMs(run),
    rows_written: run.rowsWritten ?? null,
    error: run.error ?? null,
    failure: run.failure ? { code: run.failure.code, phase: run.failure.phase ?? null } : null,
    disposition: run.disposition ?? null,
    progress: run.progress ? presentProgress(run.progress) : null,
    logs_s3_path: run.logsS3Path ?? null,
    created_at: run.createdAt.toISOString(),
  };
}

/** A run in full, with its attempts, the landing files that it read, the actions on its data and its cause. */
export function presentRunDetail(
  { run, progress, attempts, log }: RunStory,
  {
    actions,
    landing,
    causedBy,
    quarantineHours,
  }: {
    actions: readonly RunAction[];
    landing: readonly LandingRead[];
    causedBy: RunDetail['caused_by'];
    /** How long the rows of a run whose tests failed are kept. */
    quarantineHours: number;
  },
): RunDetail {
  const disposition = dispositionOf(
    run,
    actions.map(({ action }) => action),
  );
  return {
    ...presentRun({ ...run, progress, disposition }),
    rerun_of: run.rerunOf ?? null,
    expires_at: run.expiresAt?.toISOString() ?? null,
    reproduces: run.pinnedSnapshots !== undefined,
    cancel: run.cancel ? presentCancel(run.cancel) : null,
    priority: run.priority,
    maintenance: run.maintenance ?? null,
    full_refresh: run.fullRefresh,
    params: run.params ?? {},
    schedule_id: run.firing?.sourceKind === 'schedule' ? run.firing.sourceId : null,
    trigger_id: run.firing?.sourceKind === 'trigger' ? run.firing.sourceId : null,
    firing_id: run.firing?.id ?? null,
    caused_by: causedBy,
    request_id: run.requestId ?? null,
    trace_id: run.traceId ?? null,
    interval: run.interval
      ? {
          start: run.interval.start.toISOString(),
          end: run.interval.end.toISOString(),
          logical_date: run.interval.logicalDate,
        }
      : null,
    rows_deleted: run.rowsDeleted ?? null,
    rows_total: run.rowsTotal ?? null,
    input_snapshots: run.inputSnapshots,
    output_snapshot_id: run.outputSnapshotId ?? null,
    landing_files: Object.fromEntries(landing.map(({ zone, files }) => [zone, files])),
    landing_files_total: Object.fromEntries(landing.map(({ zone, total }) => [zone, total])),
    failure: run.failure ? presentFailure(run.failure) : null,
    phases: run.phases.map(presentPhase),
    quarantine:
      disposition === 'quarantined'
        ? { branch: runBranch(run.id), kept_until: keptUntil(run, quarantineHours) }
        : null,
    actions: actions.map(presentAction),
    next_attempt_at: run.nextAttemptAt?.toISOString() ?? null,
    attempts: attempts.map(presentAttempt),
    log: log && run.attempt > 0 ? presentLog(log) : null,
  };
}

function presentLog({ byLevel, firstErrorSeq }: LogCounts): NonNullable<RunDetail['log']> {
  const { debug, info, warn, error } = byLevel;
  return {
    lines: debug + info + warn + error,
    by_level: { debug, info, warn, error },
    first_error_seq: firstErrorSeq ?? null,
  };
}

function keptUntil({ finishedAt }: Run, hours: number): string | null {
  if (finishedAt === undefined) return null;
  return new Date(finishedAt.getTime() + hours * HOUR_MS).toISOString();
}

/** The stored place is that in the author's file; runs of older versions lack the one in the statement. */
function presentFailure({ within, ...failure }: RunFailure): NonNullable<RunDetail['failure']> {
  const { file, line, column } = failure;
  return {
    ...failure,
    ...(file === undefined || line === undefined ? {} : { source_line: line }),
    ...(file === undefined || column === undefined ? {} : { source_column: column }),
    ...(within && { statement_line: within.line, statement_column: within.column }),
  };
}

function presentCancel(receipt: CancelReceipt): NonNullable<RunDetail['cancel']> {
  return {
    requested_at: receipt.requestedAt.toISOString(),
    requested_by: receipt.requestedBy ?? null,
    reason: receipt.reason ?? null,
    interrupted_at: receipt.interruptedAt?.toISOString() ?? null,
    stopped_at: receipt.stoppedAt?.toISOString() ?? null,
    phase: receipt.phase ?? null,
    published: false,
  };
}

function presentProgress(progress: RunProgress): NonNullable<RunSummary['progress']> {
  return {
    percent: progress.percent,
    rows: progress.rows ?? null,
    memory_bytes: progress.memoryBytes ?? null,
    phase: progress.phase ?? null,
    at: progress.at.toISOString(),
  };
}

function presentAction({ action, reason, snapshotId, at }: RunAction): RunActionResponse {
  return {
    action,
    reason: reason ?? null,
    snapshot_id: snapshotId ?? null,
    at: at.toISOString(),
  };
}

function presentAttempt(attempt: RunAttempt): RunAttemptResponse {
  const { failure } = attempt;
  return {
    attempt: attempt.attempt,
    runner: attempt.runner,
    started_at: attempt.startedAt.toISOString(),
    finished_at: attempt.finishedAt?.toISOString() ?? null,
    outcome: attempt.outcome ?? null,
    failure: failure
      ? { code: failure.code, message: failure.message, phase: failure.phase ?? null }
      : null,
    phases: attempt.phases.map(presentPhase),
  };
}

/** Orders the keys for a reader; the stored JSON has another order. */
function presentPhase(phase: PhaseRecord): RunDetail['phases'][number] {
  const { name, status, started_at, duration_ms, ...amounts } = phase;
  return { name, status, started_at, duration_ms, ...amounts };
}

/**
 * The time from creation to start. The two timestamps come from the clocks of API and database, so
 * the difference may be negative.
 */
function queuedMs(run: Run): number | null {
  if (run.startedAt === undefined) return null;
  return Math.max(0, run.startedAt.getTime() - run.createdAt.getTime());
}
