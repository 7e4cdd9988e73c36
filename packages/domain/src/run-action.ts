import type { Failure } from './failure.ts';
import type { Run } from './run.ts';

/**
 * A person's decisions about the data of an ended run. The run's status stays the same.
 *
 * - `publish`: publishes the data although the run's tests failed.
 * - `discard`: removes the data of such a run.
 * - `revert`: undoes the publication of the data.
 */
export const RUN_ACTIONS = ['publish', 'discard', 'revert'] as const;

export type RunActionKind = (typeof RUN_ACTIONS)[number];

/** A decision that was applied. */
export interface RunAction {
  action: RunActionKind;
  reason: string | undefined;
  /** Main's snapshot after the action, in decimal; undefined when main did not change. */
  snapshotId: string | undefined;
  at: Date;
}

/** What became of the rows of a run, beside its status. */
export const RUN_DISPOSITIONS = ['quarantined', 'published', 'discarded', 'reverted'] as const;

export type RunDisposition = (typeof RUN_DISPOSITIONS)[number];

/**
 * What became of a run's rows. Undefined: its status is enough. A run whose tests failed is
 * `quarantined` until a person publishes or discards its rows; what was published can be
 * `reverted`.
 */
export function dispositionOf(
  run: Pick<Run, 'kind'> & { failure?: Pick<Failure, 'code'> | undefined },
  actions: readonly RunActionKind[],
): RunDisposition | undefined {
  if (actions.includes('revert')) return 'reverted';
  if (actions.includes('publish')) return 'published';
  if (actions.includes('discard')) return 'discarded';
  const isHeld = run.kind === 'pipeline' && run.failure?.code === 'quality_failed';
  return isHeld ? 'quarantined' : undefined;
}
