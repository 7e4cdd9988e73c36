import type { Failure, FailureCode } from './failure.ts';
import type { Phase, PhaseRecord } from './phase.ts';
import type { Layer } from './pipeline-ref.ts';
import type { RunStatus } from './run-status.ts';

/** Where a failed run failed; its message is the run's `error`. */
export interface RunFailure {
  code: FailureCode;
  phase?: Phase | undefined;
  statement?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
}

/**
 * `pipeline` writes the table; `maintenance` keeps it small and changes no row; `audit` asks the pipeline's quality tests
 * of the table as it is, and writes nothing.
 */
export const RUN_KINDS = ['pipeline', 'maintenance', 'audit'] as const;

export type RunKind = (typeof RUN_KINDS)[number];

export const ATTEMPT_OUTCOMES = ['success', 'failed', 'cancelled', 'interrupted'] as const;

/** One try of a run by one runner. */
export interface RunAttempt {
  attempt: number;
  runner: string;
  startedAt: Date;
  finishedAt: Date | undefined;
  /** undefined while it is under way. */
  outcome: (typeof ATTEMPT_OUTCOMES)[number] | undefined;
  failure: Failure | undefined;
}

/** Keys of the pipeline's config that one run may have otherwise. */
export interface RunOverrides {
  max_retries?: number;
  retry_delay_seconds?: number;
  timeout_seconds?: number;
}

/** Where a cancel can find a run: in a phase of its attempt, or with none under way. */
export type CancelPhase = Phase | 'pending';

/** What became of a request to cancel a run. */
export interface CancelReceipt {
  requestedAt: Date;
  requestedBy: string | undefined;
  reason: string | undefined;
  /** When the runner told the executor to stop; undefined when there was nothing to tell. */
  interruptedAt: Date | undefined;
  /** When nothing of the run was being executed any more; undefined until somebody has confirmed that. */
  stoppedAt: Date | undefined;
  phase: CancelPhase | undefined;
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
  /** Whether it replaces the whole table, whatever its strategy. */
  fullRefresh: boolean;
  /** Keys of the pipeline's config that its caller set otherwise. */
  overrides: RunOverrides;
  /** The run that this one repeats. */
  rerunOf: string | undefined;
  /** A run that was not started by then is cancelled. */
  expiresAt: Date | undefined;
  /** Since when it is to end cancelled, and what became of that. */
  cancel: CancelReceipt | undefined;
  /** The runners that may execute it. */
  pool: string;
  /** −100 to 100; greater starts earlier among those that wait. */
  priority: number;
  /** While the run waits for another attempt: it does not begin before this; undefined, at any moment. */
  nextAttemptAt: Date | undefined;
  createdAt: Date;
  /** When a runner first claimed it. */
  startedAt: Date | undefined;
  finishedAt: Date | undefined;
  /** finished − started, milliseconds. */
  durationMs: number | undefined;
  rowsWritten: number | undefined;
  rowsDeleted: number | undefined;
  /** Rows of the table once the run was published. */
  rowsTotal: number | undefined;
  /** The snapshot of each input that the run read, in decimal, by `namespace.layer.name`. */
  inputSnapshots: Record<string, string>;
  /** What it is to read in place of the newest: the inputs of the run that it reproduces. */
  pinnedSnapshots: Record<string, string> | undefined;
  /** The snapshot that it published, in decimal. */
  outputSnapshotId: string | undefined;
  /** What a maintenance run did, in its wire shape. */
  maintenance: unknown;
  error: string | undefined;
  failure: RunFailure | undefined;
  phases: PhaseRecord[];
  logsS3Path: string | undefined;
  /** The seq of the newest row of its stream. */
  lastSeq: number;
}

/** What a list of runs may be sorted by. */
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
