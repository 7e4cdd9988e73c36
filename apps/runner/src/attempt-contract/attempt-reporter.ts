import type { ExecutorLog, ExecutorPhase, ExecutorProgress } from '@rat/contracts';
import type { PhaseRecord, QualityResult } from '@rat/domain';
import type { ExecutorFlow } from '../executor/executor-run.ts';

/** Where an attempt tells of itself. */
export interface AttemptReporter {
  log(line: Pick<ExecutorLog, 'level' | 'message'> & Partial<ExecutorLog>): void;
  phaseStarted(phase: Pick<PhaseRecord, 'name' | 'started_at'>): void;
  phase(record: PhaseRecord): void;
  quality(result: QualityResult): void;
  /** Which snapshots the attempt reads. */
  inputs(snapshots: Record<string, string>): void;
  progress(progress: ExecutorProgress): void;
  /** Names who is to be held while what is told is not taken. */
  onBackpressure(flow: ExecutorFlow): void;
}

/** A phase that has ended; a start alone is no record. */
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
