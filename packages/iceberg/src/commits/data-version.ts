import { MAIN_BRANCH, type Snapshot, type TableMetadata } from '../format/types.ts';
import { summaryCount } from './snapshot-totals.ts';

/**
 * The id of the newest snapshot of main that changed data; undefined for a table without data.
 * Compaction rewrites files and changes no data, and neither does a commit of no files. The search
 * ends at the oldest snapshot that is kept: that one stands for those before it.
 */
export function dataVersion(metadata: TableMetadata): bigint | undefined {
  const byId = new Map(metadata.snapshots.map((one) => [one['snapshot-id'], one]));
  let id = metadata.refs[MAIN_BRANCH]?.['snapshot-id'] ?? metadata['current-snapshot-id'];
  for (;;) {
    const snapshot = id === undefined ? undefined : byId.get(id);
    if (snapshot === undefined) return id;
    const parent = snapshot['parent-snapshot-id'];
    if (changesData(snapshot) || parent === undefined || !byId.has(parent)) return id;
    id = parent;
  }
}

/** The counts of files that a commit adds or removes; a writer leaves out those that are zero. */
const CHANGED_FILES = [
  'added-data-files',
  'deleted-data-files',
  'added-delete-files',
  'removed-delete-files',
] as const;

function changesData({ summary }: Snapshot): boolean {
  if (summary['operation'] === 'replace') return false;
  // A restored state names its source, or removes everything, and counts no files.
  if (summary['operation'] === 'delete' || 'source-snapshot-id' in summary) return true;
  // A writer that counts nothing at all may have changed anything.
  if (summaryCount(summary, 'total-data-files') === undefined) return true;
  return CHANGED_FILES.some((key) => (summaryCount(summary, key) ?? 0) > 0);
}
