import type {
  ExecutorColumns,
  ExecutorLog,
  ExecutorPhase,
  ExecutorProgress,
  ExecutorSql,
  ExecutorStatement,
} from '@rat/contracts';
import type { PhaseRecord, QualityResult } from '@rat/domain';
import type { ExecutorFlow } from '../executor/executor-run.ts';

/** Receives the progress of an attempt: log lines, phases, test results. */
export interface AttemptReporter {
  log(line: Pick<ExecutorLog, 'level' | 'message'> & Partial<ExecutorLog>): void;
  phaseStarted(phase: Pick<PhaseRecord, 'name' | 'started_at'>): void;
  phase(record: PhaseRecord): void;
  quality(result: QualityResult): void;
  /** Reports the SQL that the attempt executes. */
  sql(sql: ExecutorSql): void;
  /** Reports a statement that has ended. */
  statement(ended: ExecutorStatement): void;
  /** Reports where the columns of the result come from. */
  columns(columns: ExecutorColumns['columns']): void;
  /** Reports the snapshots that the attempt reads. */
  inputs(snapshots: Record<string, string>): void;
  progress(progress: ExecutorProgress): void;
  /** Registers the executor to pause when the log writer falls behind (back-pressure). */
  onBackpressure(flow: ExecutorFlow): void;
}

/** Returns the record of an ended phase; undefined for a phase that only started. */
export function toPhaseRecord(mark: ExecutorPhase): PhaseRecord | undefined {
  if (mark.status === 'started') return undefined;
  return {
    name: mark.name,
    status: mark.status,
    started_at: mark.startedAt,
    duration_ms: mark.durationMs ?? 0,
    ...(mark.rows === undefined ? {} : { rows: mark.rows }),
    ...(mark.bytes === undefined ? {} : { bytes: mark.bytes }),
  };
}
