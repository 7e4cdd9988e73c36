import type { DataFile } from './data-file.ts';
import { countTotals, TOTAL_KEYS, type SnapshotTotals } from './snapshot-totals.ts';
import type { SnapshotSummary } from './types.ts';

/** What a snapshot did, in the terms of the specification. `replace` is compaction: other files, the same rows. */
export type SnapshotOperation = 'append' | 'overwrite' | 'delete' | 'replace';

export interface SummaryOptions {
  /** Derived from what was added and removed when left out; only `replace` cannot be derived. */
  operation?: SnapshotOperation;
  /** Those of the snapshot that this one follows on its branch: totals go on from there. */
  before: SnapshotTotals;
  added: readonly DataFile[];
  removed: readonly DataFile[];
  /** Own keys, for example the run's id. They win over derived ones. */
  extra?: SnapshotSummary;
}

/** A snapshot's summary, all values strings. Keys that count nothing are left out; totals never are. */
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

/** Nothing added and nothing removed is an append of nothing: readers expect some operation. */
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
