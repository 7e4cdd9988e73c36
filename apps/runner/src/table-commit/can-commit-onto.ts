import { STRATEGIES, type MergeStrategy } from '@rat/domain';
import { findRefSnapshot, MAIN_BRANCH, type TableState } from '@rat/iceberg';

/** The state of main that an attempt's files were written for. */
export interface PinnedMain {
  /** Undefined when the table did not exist, or no run had published it. */
  snapshotId: bigint | undefined;
  lastColumnId: number;
  /** Whether the files fit only this very main, with any strategy. */
  requiresSameMain?: boolean;
}

export function pinnedMain(current: TableState | undefined): PinnedMain {
  return {
    snapshotId: current && findRefSnapshot(current.metadata, MAIN_BRANCH)?.['snapshot-id'],
    lastColumnId: current?.metadata['last-column-id'] ?? 0,
  };
}

/**
 * Decides whether an attempt's files are still right on the table as it is now.
 *
 * - A full refresh does not depend on the rows that it replaces.
 * - An append does not depend on other rows, unless another writer added columns: their ids may
 *   equal ours.
 * - A comparing strategy was compared with the pinned main; on another one it could overwrite or
 *   repeat rows.
 * - A run that archives its landing files starts again on any other main: the run that moved main
 *   may have read the same files.
 */
export function canCommitOnto(
  current: TableState | undefined,
  pinned: PinnedMain,
  strategy: MergeStrategy,
): boolean {
  const now = pinnedMain(current);
  if (now.snapshotId === pinned.snapshotId) return true;
  if (pinned.requiresSameMain === true) return false;
  switch (STRATEGIES[strategy].dependsOn) {
    case 'nothing':
      return true;
    case 'columns':
      return now.lastColumnId === pinned.lastColumnId;
    case 'rows':
      return false;
  }
}
