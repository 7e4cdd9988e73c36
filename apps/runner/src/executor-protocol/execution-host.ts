import type { InputsAnswer } from '@rat/contracts';
import type { Failure, PipelineRef } from '@rat/domain';
import type { AuditAnswer, StagedResult } from './executor-outcome.ts';
import type { ExecutionListener } from './run-reporter.ts';

/** The inputs that a template asked for. */
export interface WantedInputs {
  tables: PipelineRef[];
  landingZones: string[];
  /** Those, by `namespace.layer.name` or the zone's name, that only quality tests read: the run can do without. */
  mayLack?: string[] | undefined;
}

/** What is behind their names, or why the run cannot have it. */
export type ResolvedInputs = InputsAnswer | { type: 'refuse'; failure: Failure };

/** The world outside one execution. */
export interface ExecutionHost extends ExecutionListener {
  resolveInputs: (wanted: WantedInputs) => Promise<ResolvedInputs>;
  /** Has what was written survive a power cut; by URI. */
  syncFiles: (
    uris: readonly string[],
    table: { folder: string; signal: AbortSignal },
  ) => Promise<void>;
  /** Told once, when all rows are written; the quality tests wait for its answer. */
  onStaged: (staged: StagedResult) => Promise<AuditAnswer>;
  /** An error that no rule foresaw: the run fails as `internal`, and an operator has to see why. */
  onDefect: (error: unknown) => void;
}
