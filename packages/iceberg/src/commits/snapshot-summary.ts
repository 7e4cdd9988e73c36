import type { DataFile } from '../format/data-file.ts';
import { countTotals, TOTAL_KEYS, type SnapshotTotals } from './snapshot-totals.ts';
import type { SnapshotSummary } from '../format/types.ts';

/** The specification's operations. `replace` is compaction: other files with the same rows. */
export type SnapshotOperation = 'append' | 'overwrite' | 'delete' | 'replace';

export interface SummaryOptions {
  /** Derived from the added and removed files by default; only `replace` cannot be derived. */
  operation?: SnapshotOperation;
  /** The totals of the snapshot before this one on its branch, which this one's continue. */
  before: SnapshotTotals;
  added: readonly DataFile[];
  removed: readonly DataFile[];
  /** Additional keys, for example the run's id. They override derived ones. */
  extra?: SnapshotSummary;
}

/** Builds a snapshot's summary, all values strings. Omits counts of zero, but never totals. */
export function buildSummary(options: SummaryOptions): SnapshotSummary {
  const { added, removed, before, extra } = options;
  const [come, gone] = [countTotals(added), countTotals(removed)];
  const summary: SnapshotSummary = {
    operation: options.operation ?? deriveOperation(added, removed),
  };
  const count = (key: string, value: number): void => {
    if (value !== 0) summary[key] = String(value);
  };
  count('added-data-files', come['total-data-files']);
  count('added-records', come['total-records']);
  count('added-files-size', come['total-files-size']);
  count('deleted-data-files', gone['total-data-files']);
  count('deleted-records', gone['total-records']);
  count('removed-files-size', gone['total-files-size']);
  summary['changed-partition-count'] = String(
    new Set([...added, ...removed].map((file) => partitionKey(file))).size,
  );
  for (const key of TOTAL_KEYS) summary[key] = String(before[key] + come[key] - gone[key]);
  return { ...summary, ...extra };
}

/** A snapshot without any change is an append of nothing: readers expect an operation. */
function deriveOperation(
  added: readonly DataFile[],
  removed: readonly DataFile[],
): SnapshotOperation {
  if (removed.length === 0) return 'append';
  return added.length === 0 ? 'delete' : 'overwrite';
}

function partitionKey(file: DataFile): string {
  return JSON.stringify([file.specId, file.partition]);
}
