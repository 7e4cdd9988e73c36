import { expireSnapshots } from '../iceberg/expire-snapshots.ts';
import { unreachableFiles } from '../iceberg/expire-files.ts';
import { dropBranch } from '../iceberg/metadata-ops.ts';
import { readManifestList } from '../iceberg/manifest-list.ts';
import { readManifest } from '../iceberg/manifest.ts';
import type { TableFiles } from '@rat/storage';
import type { TableMetadata } from '../iceberg/types.ts';
import { writeState, type NextState, type TableState } from '../write-state.ts';
import { snapshotsOfMainSince } from './kept-snapshots.ts';
import { isMissing } from '@rat/storage';

export interface ExpireTableOptions {
  /** How long a version can be read after it ceased to be main's. */
  keepMs: number;
  /** Snapshots that stay whatever their age: the inputs of younger runs. */
  keep: ReadonlySet<bigint>;
  /** Branches that nobody will publish any more. */
  deadBranches: readonly string[];
  nowMs: number;
}

/** What expiring takes out of a table. */
export interface ExpiredState extends NextState {
  snapshots: number;
  /** Branches and tags, those that were past their age too. */
  refs: string[];
}

/**
 * The table without what is too old to be kept; undefined when there is nothing. Its files go with
 * `removeUnreachable`, once this version is committed.
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

/** What `expireTable` would take out; writes nothing. */
export function planExpiry(
  metadata: TableMetadata,
  options: ExpireTableOptions,
): { metadata: TableMetadata; snapshots: number; refs: string[] } {
  const { nowMs, keepMs } = options;
  // Whoever set this wants everything kept.
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
 * Deletes the files that `before` led to and `after`, which is committed, does not; answers how many and their bytes'
 * worth of data files. What a crash leaves is found by the search for orphans.
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
