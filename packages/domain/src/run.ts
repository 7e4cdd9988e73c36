import type { FailureCode } from './failure.ts';
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

/** One execution of one pipeline version, as a reader sees it. */
export interface Run {
  id: string;
  pipelineId: string;
  pipelineVersion: number;
  namespace: string;
  layer: Layer;
  pipeline: string;
  status: RunStatus;
  trigger: string;
  /** The fencing token of the newest attempt; 0 before the first claim. */
  attempt: number;
  maxAttempts: number;
  /** Whether it replaces the whole table, whatever its strategy. */
  fullRefresh: boolean;
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
  /** The snapshot that it published, in decimal. */
  outputSnapshotId: string | undefined;
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
