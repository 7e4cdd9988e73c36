import type { ExecutorLog, ExecutorPhase } from '@rat/contracts';
import type { PhaseRecord, QualityResult } from '@rat/domain';

/** Where an attempt tells of itself. */
export interface Telling {
  log(line: Pick<ExecutorLog, 'level' | 'message'> & Partial<ExecutorLog>): void;
  phase(record: PhaseRecord): void;
  quality(result: QualityResult): void;
}

/** A phase that has ended; its start alone is no record. */
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
