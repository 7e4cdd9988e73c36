import { expireSnapshots } from '../commits/expire-snapshots.ts';
import { unreachableFiles } from '../commits/expire-files.ts';
import { dropBranch } from '../commits/metadata-ops.ts';
import { readManifestList } from '../format/manifest-list.ts';
import { readManifest } from '../format/manifest.ts';
import type { TableFiles } from '@rat/storage';
import type { TableMetadata } from '../format/types.ts';
import { writeState, type NextState, type TableState } from '../commits/write-state.ts';
import { snapshotsOfMainSince } from './kept-snapshots.ts';
import { isMissing } from '@rat/storage';

export interface ExpireTableOptions {
  /** How long a version stays readable after main moved on. */
  keepMs: number;
  /** Snapshots that stay at any age: the inputs of younger runs. */
  keep: ReadonlySet<bigint>;
  /** Branches that no run will publish. */
  deadBranches: readonly string[];
  nowMs: number;
}

/** The table after expiry, and what was removed. */
export interface ExpiredState extends NextState {
  snapshots: number;
  /** The removed branches and tags, including those beyond their age. */
  refs: string[];
}

/**
 * Writes the table without its expired snapshots and branches; undefined when none expired. Delete
 * the files with `removeUnreachable` once this version is committed.
 */
export async function expireTable(
  files: TableFiles,
  current: TableState,
  options: ExpireTableOptions,
): Promise<ExpiredState | undefined> {
  const expired = planExpiry(current.metadata, options);
  if (expired.snapshots === 0 && expired.refs.length === 0) return undefined;
  const { metadata, ...counts } = expired;
  return { ...(await writeState(files, current, metadata, options.nowMs)), ...counts };
}

/** Computes what `expireTable` would remove; writes nothing. */
export function planExpiry(
  metadata: TableMetadata,
  options: ExpireTableOptions,
): { metadata: TableMetadata; snapshots: number; refs: string[] } {
  const { nowMs, keepMs } = options;
  // With this property the table's owner keeps every file.
  if (metadata.properties['gc.enabled'] === 'false') return { metadata, snapshots: 0, refs: [] };
  let without = metadata;
  const dropped = options.deadBranches.filter((branch) => metadata.refs[branch] !== undefined);
  for (const branch of dropped) without = dropBranch(without, branch, nowMs).metadata;
  const expiry = expireSnapshots(without, {
    olderThanMs: nowMs - keepMs,
    keep: new Set([...options.keep, ...snapshotsOfMainSince(without, nowMs - keepMs)]),
    nowMs,
  });
  return {
    metadata: expiry.metadata,
    snapshots: metadata.snapshots.length - expiry.metadata.snapshots.length,
    refs: [...dropped, ...expiry.removedRefs],
  };
}

/**
 * Deletes the files that `before` refers to and `after`, which is committed, does not. Returns
 * their number and the bytes of data files. After a crash, the search for orphans finds the rest.
 */
export async function removeUnreachable(
  files: TableFiles,
  before: TableMetadata,
  after: TableMetadata,
): Promise<number> {
  const unreachable = await unreachableFiles({
    before,
    after,
    readManifestList: async (uri) => readManifestList(await files.read(uri)),
    readManifest: async (manifest) => readManifest(await files.read(manifest.path)).entries,
    isMissing,
  });
  const { dataFiles, manifests, manifestLists, statistics } = unreachable;
  const inOrder = [...dataFiles, ...manifests, ...manifestLists, ...statistics];
  for (const uri of inOrder) await files.remove(uri);
  return inOrder.length;
}
