/**
 * A person's decision about an ended run's data: `publish` it although its tests failed, `discard`
 * it, or `revert` what it published. The run's status stays the same.
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
