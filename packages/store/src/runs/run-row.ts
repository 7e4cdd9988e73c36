import { maintenanceReport } from '@rat/contracts';
import type {
  CancelPhase,
  CancelReceipt,
  FiringSource,
  Layer,
  MaintenanceReport,
  ParamValues,
  PhaseRecord,
  Run,
  RunFailure,
  RunKind,
  RunOverrides,
  RunStatus,
} from '@rat/domain';

/** A row of `runs` as the statements of this room select it. */
export interface RunRow {
  id: string;
  pipeline_id: string;
  pipeline_version: number;
  namespace: string;
  layer: Layer;
  pipeline: string;
  kind: RunKind;
  maintenance: unknown;
  status: RunStatus;
  trigger: string;
  attempt: number;
  max_attempts: number;
  priority: number;
  pool: string;
  overrides: RunOverrides;
  rerun_of: string | null;
  expires_at: Date | null;
  cancel_requested_at: Date | null;
  cancel_reason: string | null;
  cancel_requested_by: string | null;
  cancel_interrupted_at: Date | null;
  cancel_stopped_at: Date | null;
  cancel_phase: CancelPhase | null;
  pinned_snapshots: Record<string, string> | null;
  not_before: Date | null;
  full_refresh: boolean;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  duration_ms: number | null;
  rows_written: number | null;
  rows_deleted: number | null;
  rows_total: number | null;
  input_snapshots: Record<string, string>;
  output_snapshot_id: string | null;
  params: ParamValues | null;
  source_id: string | null;
  firing_id: string | null;
  source_kind: FiringSource | null;
  interval_start: Date | null;
  interval_end: Date | null;
  logical_date: string | null;
  error: string | null;
  failure: RunFailure | null;
  phases: PhaseRecord[];
  logs_s3_path: string | null;
  traceparent: string | null;
  request_id: string | null;
  requested_by: string | null;
  group_id: string | null;
  last_seq: number;
}

/** The columns of a RunRow, for a statement that joins `runs r` and `pipeline_versions v`. */
export const RUN_COLUMNS = `
  r.id,
  r.pipeline_id,
  v.version AS pipeline_version,
  r.namespace,
  r.layer,
  r.pipeline,
  r.kind,
  r.maintenance,
  r.status,
  r.trigger,
  r.attempt,
  r.max_attempts,
  r.full_refresh,
  r.priority,
  r.pool,
  r.overrides,
  r.rerun_of,
  r.expires_at,
  r.cancel_requested_at,
  r.cancel_reason,
  r.cancel_requested_by,
  r.cancel_interrupted_at,
  r.cancel_stopped_at,
  r.cancel_phase,
  r.pinned_snapshots,
  r.not_before,
  r.created_at,
  r.started_at,
  r.finished_at,
  r.duration_ms,
  r.rows_written,
  r.rows_deleted,
  r.rows_total,
  r.input_snapshots,
  r.output_snapshot_id,
  r.params,
  r.source_id,
  r.firing_id,
  (SELECT f.source_kind FROM firings f WHERE f.id = r.firing_id) AS source_kind,
  r.interval_start,
  r.interval_end,
  r.logical_date::text,
  r.error,
  r.failure,
  r.phases,
  r.logs_s3_path,
  r.traceparent,
  r.request_id,
  r.requested_by,
  r.group_id::text,
  r.last_seq`;

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    pipelineId: row.pipeline_id,
    pipelineVersion: row.pipeline_version,
    namespace: row.namespace,
    layer: row.layer,
    pipeline: row.pipeline,
    kind: row.kind,
    maintenance: toMaintenanceReport(row),
    status: row.status,
    trigger: row.trigger,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    priority: row.priority,
    pool: row.pool,
    overrides: row.overrides,
    rerunOf: row.rerun_of ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    cancel: toReceipt(row),
    nextAttemptAt: (row.status === 'pending' ? row.not_before : null) ?? undefined,
    fullRefresh: row.full_refresh,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    durationMs: row.duration_ms ?? undefined,
    rowsWritten: row.rows_written ?? undefined,
    rowsDeleted: row.rows_deleted ?? undefined,
    rowsTotal: row.rows_total ?? undefined,
    inputSnapshots: row.input_snapshots,
    pinnedSnapshots: row.pinned_snapshots ?? undefined,
    outputSnapshotId: row.output_snapshot_id ?? undefined,
    params: row.params ?? undefined,
    firing:
      row.source_id === null || row.firing_id === null
        ? undefined
        : {
            id: row.firing_id,
            sourceId: row.source_id,
            sourceKind: row.source_kind ?? 'schedule',
          },
    interval: toInterval(row),
    error: row.error ?? undefined,
    failure: row.failure ?? undefined,
    phases: row.phases,
    logsS3Path: row.logs_s3_path ?? undefined,
    requestId: row.request_id ?? undefined,
    requestedBy: row.requested_by ?? undefined,
    groupId: row.group_id ?? undefined,
    // `00-<trace>-<span>-<flags>`
    traceId: row.traceparent?.split('-')[1],
    lastSeq: row.last_seq,
  };
}

/** Throws when the stored report does not have the shape that `completeRun` writes. */
function toMaintenanceReport({ id, maintenance }: RunRow): MaintenanceReport | undefined {
  if (maintenance === null) return undefined;
  const report = maintenanceReport.safeParse(maintenance);
  if (report.success) return report.data;
  throw new Error(`the maintenance report of run ${id} is malformed`, { cause: report.error });
}

function toInterval({ interval_start, interval_end, logical_date }: RunRow): Run['interval'] {
  if (interval_start === null || interval_end === null || logical_date === null) return undefined;
  return { start: interval_start, end: interval_end, logicalDate: logical_date };
}

function toReceipt(row: RunRow): CancelReceipt | undefined {
  if (row.cancel_requested_at === null) return undefined;
  return {
    requestedAt: row.cancel_requested_at,
    requestedBy: row.cancel_requested_by ?? undefined,
    reason: row.cancel_reason ?? undefined,
    interruptedAt: row.cancel_interrupted_at ?? undefined,
    stoppedAt: row.cancel_stopped_at ?? undefined,
    phase: row.cancel_phase ?? undefined,
  };
}
