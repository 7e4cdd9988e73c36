import { MAIN_BRANCH, type TableMetadata } from '../iceberg/types.ts';

/**
 * The snapshots that were main's at some time since `sinceMs`, however old they are themselves: somebody who began to
 * read main then may still be reading. In memory of a reader's start, not of a snapshot's birth.
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
