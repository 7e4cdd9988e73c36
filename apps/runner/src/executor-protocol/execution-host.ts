import type { StagedOutput } from '@rat/engine';
import type { InputsAnswer, SkipAnswer } from '@rat/contracts';
import type { Failure, PipelineRef } from '@rat/domain';
import type { AuditAnswer } from './executor-outcome.ts';
import type { ExecutionListener } from './run-reporter.ts';

/** The inputs that a template names. */
export interface WantedInputs {
  tables: PipelineRef[];
  landingZones: string[];
  /**
   * Names of inputs that only quality tests read, as `namespace.layer.name` or as a zone's name.
   * The run can do without them.
   */
  mayLack?: string[] | undefined;
}

/** The resolved inputs, or why the run cannot have them or does not need them. */
export type ResolvedInputs = InputsAnswer | SkipAnswer | { type: 'refuse'; failure: Failure };

/** What an execution needs from the process around it. */
export interface ExecutionHost extends ExecutionListener {
  resolveInputs: (wanted: WantedInputs) => Promise<ResolvedInputs>;
  /** Flushes written files to disk, so that they survive a power cut; by URI. */
  syncFiles: (
    uris: readonly string[],
    table: { folder: string; signal: AbortSignal },
  ) => Promise<void>;
  /** Called once, after all rows are written. The quality tests wait for its answer. */
  onStaged: (staged: StagedOutput) => Promise<AuditAnswer>;
  /** Reports an unexpected error: the run fails as `internal`, and an operator needs the error. */
  onDefect: (error: unknown) => void;
}
