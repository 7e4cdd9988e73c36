import { isLive, type ManifestEntry } from '../format/data-file.ts';
import type { ManifestFile } from '../format/manifest-list.ts';
import { canonicalUri } from '@rat/storage';
import type { TableMetadata } from '../format/types.ts';

export interface UnreachableOptions {
  /** The table before and after the commit that removed snapshots; `after` is committed. */
  before: TableMetadata;
  after: TableMetadata;
  readManifestList(uri: string): Promise<readonly ManifestFile[]>;
  readManifest(manifest: ManifestFile): Promise<readonly Pick<ManifestEntry, 'status' | 'file'>[]>;
  /**
   * Whether an error means that a file is missing; only then is a removed snapshot's file skipped.
   */
  isMissing(error: unknown): boolean;
}

/**
 * Absolute URIs. Delete them in this order: after a crash, the files that list the others remain.
 */
export interface UnreachableFiles {
  dataFiles: string[];
  manifests: string[];
  manifestLists: string[];
  statistics: string[];
}

/**
 * The files that a snapshot of `before` referred to and none of `after` does. A file stays
 * reachable while any snapshot on any branch contains it, even if another snapshot deleted it.
 * Throws when any remaining file is unreadable; then nothing may be deleted.
 */
export async function unreachableFiles(options: UnreachableOptions): Promise<UnreachableFiles> {
  const { before, after } = options;
  if (after.properties['gc.enabled'] === 'false') {
    return { dataFiles: [], manifests: [], manifestLists: [], statistics: [] };
  }
  const keptIds = new Set(after.snapshots.map((snapshot) => snapshot['snapshot-id']));
  const removed = before.snapshots.filter((snapshot) => !keptIds.has(snapshot['snapshot-id']));
  const keptLists = new Set(
    after.snapshots.map((snapshot) => canonicalUri(snapshot['manifest-list'])),
  );
  const keptManifests = new Map<string, ManifestFile>();
  for (const uri of keptLists) {
    for (const manifest of await options.readManifestList(uri)) {
      keptManifests.set(canonicalUri(manifest.path), manifest);
    }
  }
  const manifestLists = difference(
    removed.map((snapshot) => snapshot['manifest-list']),
    keptLists,
  );
  const candidates = new Map<string, ManifestFile>();
  for (const uri of manifestLists) {
    for (const manifest of await unlessMissing(options, () => options.readManifestList(uri))) {
      const path = canonicalUri(manifest.path);
      if (!keptManifests.has(path)) candidates.set(path, manifest);
    }
  }
  const dataFiles = new Set<string>();
  for (const manifest of candidates.values()) {
    for (const entry of await unlessMissing(options, () => options.readManifest(manifest))) {
      if (isLive(entry)) dataFiles.add(canonicalUri(entry.file.path));
    }
  }
  for (const manifest of keptManifests.values()) {
    // Reading the remaining manifests is costly, and useless once no file is left to check.
    if (dataFiles.size === 0) break;
    for (const entry of await options.readManifest(manifest)) {
      if (isLive(entry)) dataFiles.delete(canonicalUri(entry.file.path));
    }
  }
  return {
    dataFiles: [...dataFiles],
    manifests: [...candidates.keys()],
    manifestLists,
    statistics: difference(statisticsOf(before), new Set(statisticsOf(after))),
  };
}

/** An earlier attempt may have deleted some files; the search for orphans finds the rest. */
async function unlessMissing<T>(
  options: UnreachableOptions,
  read: () => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await read();
  } catch (error) {
    if (options.isMissing(error)) return [];
    throw error;
  }
}

function statisticsOf(metadata: TableMetadata): string[] {
  return [...(metadata.statistics ?? []), ...(metadata['partition-statistics'] ?? [])].map((file) =>
    canonicalUri(file['statistics-path']),
  );
}

function difference(paths: Iterable<string>, kept: ReadonlySet<string>): string[] {
  return [...new Set([...paths].map(canonicalUri))].filter((path) => !kept.has(path));
}
