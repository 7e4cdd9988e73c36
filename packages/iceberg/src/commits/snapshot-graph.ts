import { NotFoundError } from '@rat/domain';
import type { Snapshot, TableMetadata } from '../format/types.ts';

/** A snapshot by its id, or undefined. */
export function findSnapshot(metadata: TableMetadata, id: bigint): Snapshot | undefined {
  return metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id);
}

/** A snapshot by its id. Throws NotFoundError when it expired or never existed. */
export function getSnapshot(metadata: TableMetadata, id: bigint): Snapshot {
  const snapshot = findSnapshot(metadata, id);
  if (snapshot === undefined) throw new NotFoundError('the table has no such snapshot');
  return snapshot;
}

/** The head of a branch or a tag's snapshot, or undefined when there is no such ref. */
export function findRefSnapshot(metadata: TableMetadata, ref: string): Snapshot | undefined {
  const id = Object.hasOwn(metadata.refs, ref) ? metadata.refs[ref]?.['snapshot-id'] : undefined;
  return id === undefined ? undefined : findSnapshot(metadata, id);
}

/**
 * A snapshot and its unexpired ancestors, newest first. A cycle of parents, from a faulty writer,
 * ends the walk.
 */
export function* ancestors(metadata: TableMetadata, id: bigint): Generator<Snapshot> {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  let snapshot = byId.get(id);
  while (snapshot !== undefined) {
    byId.delete(snapshot['snapshot-id']);
    yield snapshot;
    const parent = snapshot['parent-snapshot-id'];
    snapshot = parent === undefined ? undefined : byId.get(parent);
  }
}

/** Whether `ancestor` is `id` or one of its ancestors. */
export function isAncestor(metadata: TableMetadata, ancestor: bigint, id: bigint): boolean {
  for (const snapshot of ancestors(metadata, id)) {
    if (snapshot['snapshot-id'] === ancestor) return true;
  }
  return false;
}

/**
 * These snapshots and their compacted copies, transitively: snapshots with the same rows in other
 * files. An unknown id is returned without copies.
 */
export function withCompactedCopies(metadata: TableMetadata, ids: readonly bigint[]): bigint[] {
  const same = new Set(ids);
  // A parent is not always listed before its child.
  for (let before = -1; before < same.size;) {
    before = same.size;
    for (const snapshot of metadata.snapshots) {
      const parent = snapshot['parent-snapshot-id'];
      if (snapshot.summary['operation'] !== 'replace' || parent === undefined) continue;
      if (same.has(parent)) same.add(snapshot['snapshot-id']);
    }
  }
  return [...same];
}

/**
 * A snapshot id that the table does not have: random, positive, 63 bits, because readers use a
 * signed long. `randomBytes` returns the requested number of bytes.
 */
export function newSnapshotId(
  metadata: Pick<TableMetadata, 'snapshots'>,
  randomBytes: (count: number) => Uint8Array,
): bigint {
  const taken = new Set(metadata.snapshots.map((snapshot) => snapshot['snapshot-id']));
  for (;;) {
    const id = Buffer.from(randomBytes(8)).readBigUInt64LE() >> 1n;
    if (id > 0n && !taken.has(id)) return id;
  }
}
