import type { DataFile } from './data-file.ts';
import type { Snapshot, SnapshotSummary } from './types.ts';

/** What a snapshot did, in the terms of the specification. `replace` is compaction: other files, the same rows. */
export type SnapshotOperation = 'append' | 'overwrite' | 'delete' | 'replace';

export interface SummaryOptions {
  /** Derived from what was added and removed when left out; only `replace` cannot be derived. */
  operation?: SnapshotOperation;
  /** The snapshot that this one follows on its branch; totals go on from there. */
  parent?: Snapshot;
  added: readonly DataFile[];
  removed: readonly DataFile[];
  /** Own keys, for example the run's id. They win over derived ones. */
  extra?: SnapshotSummary;
}

/** A snapshot's summary, all values strings. Keys that count nothing are left out; totals never are. */
export function buildSummary(options: SummaryOptions): SnapshotSummary {
  const { added, removed, parent, extra } = options;
  const addedData = added.filter((file) => file.content === 'data');
  const removedData = removed.filter((file) => file.content === 'data');
  const summary: SnapshotSummary = {
    operation: options.operation ?? deriveOperation(added, removed),
  };
  const count = (key: string, value: number): void => {
    if (value !== 0) summary[key] = String(value);
  };
  count('added-data-files', addedData.length);
  count('added-records', rows(addedData));
  count('added-files-size', bytes(added));
  count('deleted-data-files', removedData.length);
  count('deleted-records', rows(removedData));
  count('removed-files-size', bytes(removed));
  summary['changed-partition-count'] = String(
    new Set([...added, ...removed].map((file) => partitionKey(file))).size,
  );
  const total = (key: string, change: number): void => {
    const before = parent === undefined ? 0 : Number(parent.summary[key] ?? Number.NaN);
    // A parent of a writer that keeps no totals leaves nothing to go on from.
    if (Number.isSafeInteger(before)) summary[key] = String(before + change);
  };
  total('total-data-files', addedData.length - removedData.length);
  total('total-records', rows(addedData) - rows(removedData));
  total('total-files-size', bytes(added) - bytes(removed));
  const positions = (files: readonly DataFile[]) =>
    files.filter((file) => file.content === 'position_deletes');
  const equality = (files: readonly DataFile[]) =>
    files.filter((file) => file.content === 'equality_deletes');
  total(
    'total-delete-files',
    added.length - addedData.length - (removed.length - removedData.length),
  );
  total('total-position-deletes', rows(positions(added)) - rows(positions(removed)));
  total('total-equality-deletes', rows(equality(added)) - rows(equality(removed)));
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

function rows(files: readonly DataFile[]): number {
  return files.reduce((sum, file) => sum + file.recordCount, 0);
}

function bytes(files: readonly DataFile[]): number {
  return files.reduce((sum, file) => sum + file.fileSize, 0);
}
