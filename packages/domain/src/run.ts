import type { Failure, FailureCode } from './failure.ts';
import type { ParamValues } from './param.ts';
import type { Phase, PhaseRecord } from './phase.ts';
import type { Layer } from './pipeline-ref.ts';
import type { RunStatus } from './run-status.ts';
import type { FiringSource } from './schedule.ts';

/** Where and why a failed run failed; its message is the run's `error`. */
export interface RunFailure {
  code: FailureCode;
  phase?: Phase | undefined;
  statement?: string | undefined;
  /** The author's file, in which `line` and `column` count. */
  file?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
  /** The place within `statement`. */
  within?: { line: number; column: number } | undefined;
}

/**
 * - `pipeline`: writes the table.
 * - `maintenance`: compacts and expires the table's files; changes no row.
 * - `audit`: runs the pipeline's quality tests on the current table; writes nothing.
 */
export const RUN_KINDS = ['pipeline', 'maintenance', 'audit'] as const;

export type RunKind = (typeof RUN_KINDS)[number];

export const ATTEMPT_OUTCOMES = ['success', 'failed', 'cancelled', 'interrupted'] as const;

/** One attempt of a run by one runner. */
export interface RunAttempt {
  attempt: number;
  runner: string;
  startedAt: Date;
  finishedAt: Date | undefined;
  /** undefined while the attempt is open. */
  outcome: (typeof ATTEMPT_OUTCOMES)[number] | undefined;
  failure: Failure | undefined;
  /** The phases that it finished; empty while it is open. */
  phases: PhaseRecord[];
}

/** Keys of the pipeline's config that a caller may override for one run. */
export interface RunOverrides {
  max_retries?: number;
  retry_delay_seconds?: number;
  timeout_seconds?: number;
}

/** The phase that a cancel meets; `pending` when no attempt is open. */
export type CancelPhase = Phase | 'pending';

/** The record of a request to cancel a run. */
export interface CancelReceipt {
  requestedAt: Date;
  requestedBy: string | undefined;
  reason: string | undefined;
  /** When the runner interrupted the executor; undefined when no executor was active. */
  interruptedAt: Date | undefined;
  /** When all execution of the run had stopped; undefined until a runner confirms it. */
  stoppedAt: Date | undefined;
  phase: CancelPhase | undefined;
}

/** What maintenance removes from a table and rewrites in it; in the shape that clients read. */
export interface MaintenanceReport {
  namespace: string;
  layer: Layer;
  name: string;
  snapshots_expired: number;
  branches_dropped: string[];
  files_compacted: number;
  compaction_groups: number;
  manifests_joined: number;
  orphans_removed: number;
  orphan_bytes: number;
}

/** One execution of one pipeline version, as a reader sees it. */
export interface Run {
  id: string;
  pipelineId: string;
  pipelineVersion: number;
  namespace: string;
  layer: Layer;
  pipeline: string;
  kind: RunKind;
  status: RunStatus;
  trigger: string;
  /** The fencing token of the newest attempt; 0 before the first claim. */
  attempt: number;
  maxAttempts: number;
  /** Whether the run replaces the whole table, regardless of its merge strategy. */
  fullRefresh: boolean;
  /** The values of the pipeline's parameters that were given. */
  params: ParamValues | undefined;
  /** Keys of the pipeline's config that the run's caller overrode. */
  overrides: RunOverrides;
  /** The run that this one repeats. */
  rerunOf: string | undefined;
  /** A run that has not started by then is cancelled. */
  expiresAt: Date | undefined;
  /** The cancel request and its progress; undefined without a request. */
  cancel: CancelReceipt | undefined;
  /** The pool whose runners may execute the run. */
  pool: string;
  /** −100 to 100; among waiting runs the greater starts first. */
  priority: number;
  /**
   * Set while the run waits for another attempt, which starts no earlier; undefined means at once.
   */
  nextAttemptAt: Date | undefined;
  createdAt: Date;
  /** When a runner first claimed it. */
  startedAt: Date | undefined;
  finishedAt: Date | undefined;
  /** finished − started, milliseconds. */
  durationMs: number | undefined;
  rowsWritten: number | undefined;
  rowsDeleted: number | undefined;
  /** Rows of the table after the publish. */
  rowsTotal: number | undefined;
  /** The snapshot of each input that the run read, in decimal, by `namespace.layer.name`. */
  inputSnapshots: Record<string, string>;
  /**
   * Input snapshots that the run must read in place of the newest: those of the run it reproduces.
   */
  pinnedSnapshots: Record<string, string> | undefined;
  /** The schedule or trigger that made the run, and its firing; undefined for a run that a request made. */
  firing: { id: string; sourceId: string; sourceKind: FiringSource } | undefined;
  /** The time that the run is about; the logical date as `2026-11-29`. */
  interval: { start: Date; end: Date; logicalDate: string } | undefined;
  /** The snapshot that the run published, in decimal. */
  outputSnapshotId: string | undefined;
  /** What a maintenance run did. */
  maintenance: MaintenanceReport | undefined;
  error: string | undefined;
  failure: RunFailure | undefined;
  phases: PhaseRecord[];
  logsS3Path: string | undefined;
  /** The id of the request that made the run, and the trace that it belongs to. */
  requestId: string | undefined;
  /** Who asked for it; undefined when nobody did, or the request named nobody. */
  requestedBy: string | undefined;
  /** The run group that made it. */
  groupId: string | undefined;
  traceId: string | undefined;
  /** The seq of the newest row of its stream. */
  lastSeq: number;
}

/** The fields by which a list of runs can be sorted. */
export const RUN_SORT_FIELDS = [
  'created_at',
  'started_at',
  'finished_at',
  'duration_ms',
  'rows_written',
  'status',
  'trigger',
] as const;
export type RunSortField = (typeof RUN_SORT_FIELDS)[number];
