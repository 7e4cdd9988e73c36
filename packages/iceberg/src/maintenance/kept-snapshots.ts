import { MAIN_BRANCH, type TableMetadata } from '../format/types.ts';

/**
 * The snapshots that were main's head at some time since `sinceMs`, at any age of their own: a
 * reader that started then may still be reading. The time of the reader's start counts, not of the
 * snapshot.
 */
export function snapshotsOfMainSince(metadata: TableMetadata, sinceMs: number): Set<bigint> {
  const kept = new Set<bigint>();
  const log = metadata['snapshot-log'];
  for (const [index, entry] of log.entries()) {
    const until = log[index + 1]?.['timestamp-ms'];
    if (until === undefined || until >= sinceMs) kept.add(entry['snapshot-id']);
  }
  const head = metadata.refs[MAIN_BRANCH]?.['snapshot-id'];
  if (head !== undefined) kept.add(head);
  return kept;
}
