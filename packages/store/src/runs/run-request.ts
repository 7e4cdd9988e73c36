import type { ParamValues, PipelineRef, RunKind, RunOverrides, Trigger } from '@rat/domain';
import type { IdempotencyKey } from '../db/idempotency.ts';

/** One run to be created. */
export interface RunRequest {
  pipeline: PipelineRef;
  /**
   * `pipeline` by default. Runs of the other kinds always queue: the pipeline's `on_conflict`
   * applies to its own runs only.
   */
  kind?: RunKind | undefined;
  trigger: Trigger;
  /** Whether the run replaces the whole table instead of merging into it. */
  fullRefresh?: boolean | undefined;
  /** −100 to 100; among waiting runs the greater starts earlier. */
  priority?: number | undefined;
  /** Override the same keys of the pipeline's config. */
  overrides?: RunOverrides | undefined;
  /** The values of the pipeline's parameters; of the right types, as far as the caller knows. */
  params?: ParamValues | undefined;
  /** A run that has not started within this time is cancelled. */
  expiresInSeconds?: number | undefined;
  /** The run that this one repeats. */
  rerunOf?: string | undefined;
  /**
   * The version and the inputs of the run to reproduce; they replace the current version and the
   * newest inputs.
   */
  reproduces?:
    | { pipelineVersion: number; inputSnapshots: Readonly<Record<string, string>> }
    | undefined;
  /** The request that makes the run. A replayed request leaves the origin of the first one. */
  origin?: { requestId: string; traceparent: string | undefined } | undefined;
  /** Who asks for it, as far as that is known. A replayed request leaves that of the first one. */
  requestedBy?: string | undefined;
  /** The run group that makes it. */
  groupId?: string | undefined;
  /** A second request with the same key creates nothing and returns the first one's run. */
  idempotency?: IdempotencyKey | undefined;
}
