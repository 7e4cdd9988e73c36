/**
 * What people may decide about an ended run's data: `publish` it although its tests failed, `discard` it instead, or
 * `revert` what it published. The run itself stays as it ended.
 */
export const RUN_ACTIONS = ['publish', 'discard', 'revert'] as const;

export type RunActionKind = (typeof RUN_ACTIONS)[number];

/** A decision that was taken. */
export interface RunAction {
  action: RunActionKind;
  reason: string | undefined;
  /** Main's snapshot because of it, in decimal; undefined where main stayed as it was. */
  snapshotId: string | undefined;
  at: Date;
}
