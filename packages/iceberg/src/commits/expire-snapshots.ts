import { withoutSnapshots } from './metadata-ops.ts';
import { tick } from './seal-commit.ts';
import { ancestors, findSnapshot } from './snapshot-graph.ts';
import {
  MAIN_BRANCH,
  type Snapshot,
  type SnapshotRef,
  type TableMetadata,
} from '../format/types.ts';

export interface ExpireOptions {
  /** Younger snapshots stay; a branch's own `max-snapshot-age-ms` takes precedence. */
  olderThanMs: number;
  /** Snapshots that stay at any age, for example because a run reads them. */
  keep: ReadonlySet<bigint>;
  nowMs: number;
}

export interface Expiry {
  metadata: TableMetadata;
  removed: Snapshot[];
  /** Branches and tags beyond their maximum age. */
  removedRefs: string[];
}

/**
 * Removes old snapshots, and refs beyond their age, from the table. The heads of main and of all
 * remaining refs stay. A young snapshot without a ref stays too: it may be about to get one. Delete
 * the files afterwards, see `unreachableFiles`.
 */
export function expireSnapshots(metadata: TableMetadata, options: ExpireOptions): Expiry {
  const { olderThanMs, keep, nowMs } = options;
  const refs: Record<string, SnapshotRef> = {};
  const removedRefs: string[] = [];
  for (const [name, ref] of Object.entries(metadata.refs)) {
    if (name === MAIN_BRANCH || isYoung(metadata, ref, nowMs)) refs[name] = ref;
    else removedRefs.push(name);
  }
  const kept = new Set(keep);
  const reachable = new Set<bigint>();
  for (const ref of Object.values(refs)) {
    const cutoff =
      ref['max-snapshot-age-ms'] === undefined ? olderThanMs : nowMs - ref['max-snapshot-age-ms'];
    const least = ref['min-snapshots-to-keep'] ?? property(metadata, 'min-snapshots-to-keep') ?? 1;
    let seen = 0;
    for (const snapshot of ancestors(metadata, ref['snapshot-id'])) {
      reachable.add(snapshot['snapshot-id']);
      seen += 1;
      if (
        seen === 1 ||
        (ref.type === 'branch' && (seen <= least || snapshot['timestamp-ms'] >= cutoff))
      ) {
        kept.add(snapshot['snapshot-id']);
      }
    }
  }
  const removed = metadata.snapshots.filter((snapshot) => {
    const id = snapshot['snapshot-id'];
    if (kept.has(id)) return false;
    return reachable.has(id) || snapshot['timestamp-ms'] < olderThanMs;
  });
  return {
    metadata: {
      ...withoutSnapshots(metadata, removed),
      refs,
      'snapshot-log': trimmedLog(metadata, removed),
      'last-updated-ms': tick(metadata, nowMs),
    },
    removed,
    removedRefs,
  };
}

function isYoung(metadata: TableMetadata, ref: SnapshotRef, nowMs: number): boolean {
  const maxAge = ref['max-ref-age-ms'] ?? property(metadata, 'max-ref-age-ms');
  const head = findSnapshot(metadata, ref['snapshot-id']);
  return maxAge === undefined || head === undefined || nowMs - head['timestamp-ms'] <= maxAge;
}

function property(metadata: TableMetadata, name: string): number | undefined {
  const value = Number(metadata.properties[`history.expire.${name}`]);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/**
 * Starts the history after its last gap: across a gap, time travel would find the wrong snapshot.
 */
function trimmedLog(metadata: TableMetadata, removed: readonly Snapshot[]) {
  const gone = new Set(removed.map((snapshot) => snapshot['snapshot-id']));
  const log = metadata['snapshot-log'];
  return log.slice(log.findLastIndex((entry) => gone.has(entry['snapshot-id'])) + 1);
}
