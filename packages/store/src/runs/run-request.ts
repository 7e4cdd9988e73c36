import type { PipelineRef, RunKind, RunOverrides } from '@rat/domain';
import type { IdempotencyKey } from './idempotency.ts';

/** What a caller may ask of one run. */
export interface RunRequest {
  pipeline: PipelineRef;
  /** `pipeline` when left out. Others wait their turn, whatever the pipeline says of its own runs. */
  kind?: RunKind | undefined;
  trigger: string;
  /** Whether the run replaces the whole table, whatever its strategy. */
  fullRefresh?: boolean | undefined;
  /** −100 to 100; greater starts earlier among those that wait. */
  priority?: number | undefined;
  /** Win over the pipeline's own. */
  overrides?: RunOverrides | undefined;
  /** A run that is not started within this time is cancelled. */
  expiresInSeconds?: number | undefined;
  /** The run that this one repeats. */
  rerunOf?: string | undefined;
  /** Of the run that this one reproduces: its version, in place of the current one, and what it read. */
  reproduces?:
    | { pipelineVersion: number; inputSnapshots: Readonly<Record<string, string>> }
    | undefined;
  /** Asking again under the same key answers again. */
  idempotency?: IdempotencyKey | undefined;
}
