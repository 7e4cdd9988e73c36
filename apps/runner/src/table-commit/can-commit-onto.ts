import type { MergeStrategy } from '@rat/contracts';
import { findRefSnapshot, MAIN_BRANCH, type TableState } from '@rat/lakehouse';

/** The main that an attempt's files were written for. */
export interface PinnedMain {
  /** Undefined when the table did not exist, or no run had published it. */
  snapshotId: bigint | undefined;
  lastColumnId: number;
  /** Whether no other main will do, whatever the strategy. */
  requiresSameMain?: boolean;
}

export function pinnedMain(current: TableState | undefined): PinnedMain {
  return {
    snapshotId: current && findRefSnapshot(current.metadata, MAIN_BRANCH)?.['snapshot-id'],
    lastColumnId: current?.metadata['last-column-id'] ?? 0,
  };
}

/**
 * Whether an attempt's files are right on the table as it is now. A full refresh does not depend on what it replaces,
 * nor an append on what it is added to, unless another writer added columns, whose ids may be those of ours. What was
 * compared with the pinned main is right there only: on another one it could overwrite or repeat rows, so the run has
 * to start again. So has a run that moves its landing files away: what moved main may have been a run that read the same.
 */
export function canCommitOnto(
  current: TableState | undefined,
  pinned: PinnedMain,
  strategy: MergeStrategy,
): boolean {
  const now = pinnedMain(current);
  if (now.snapshotId === pinned.snapshotId) return true;
  if (pinned.requiresSameMain === true) return false;
  switch (strategy) {
    case 'full_refresh':
      return true;
    case 'append_only':
      return now.lastColumnId === pinned.lastColumnId;
    case 'incremental':
    case 'delete_insert':
    case 'scd2':
    case 'snapshot':
      return false;
  }
}
