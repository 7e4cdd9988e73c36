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
