import { BoundedCache } from './bounded-cache.ts';
import { isLive, type LiveFile, type ManifestEntry } from './data-file.ts';
import { TableFormatError } from './errors.ts';
import { readManifestList, type ManifestFile } from './manifest-list.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { getSnapshot } from './snapshot-graph.ts';
import type { TableFiles } from './table-files.ts';
import type { TableMetadata } from './types.ts';

/** What is kept of one port's immutable files, counted in entries: an entry is a few hundred bytes. */
const MAX_CACHED_ENTRIES = 100_000;

/** A manifest whose entries have all that they inherit from the list that names them. */
export interface ResolvedManifest extends Omit<Manifest, 'entries'> {
  file: ManifestFile;
  entries: (ManifestEntry & { snapshotId: bigint; sequenceNumber: number })[];
}

/**
 * The files that make up a snapshot, data and deletes, with the sequence numbers that tell which deletes apply to
 * which data. Manifests are cached by path, since a path is never written twice. Throws NotFoundError when the table
 * has no such snapshot.
 */
export async function readLiveFiles(
  files: TableFiles,
  metadata: TableMetadata,
  snapshotId: bigint,
): Promise<LiveFile[]> {
  const live: LiveFile[] = [];
  for (const manifest of await readSnapshotManifests(files, metadata, snapshotId)) {
    if (manifest.files.added + manifest.files.existing === 0) continue;
    for (const entry of (await readManifestFile(files, manifest)).entries) {
      if (isLive(entry)) live.push({ ...entry.file, sequenceNumber: entry.sequenceNumber });
    }
  }
  return live;
}

/** A snapshot's manifest list. */
export async function readSnapshotManifests(
  files: TableFiles,
  metadata: TableMetadata,
  snapshotId: bigint,
): Promise<readonly ManifestFile[]> {
  const path = getSnapshot(metadata, snapshotId)['manifest-list'];
  const cache = cacheOf(files);
  const known = cache.lists.get(path);
  if (known !== undefined) return known;
  const list = readManifestList(await files.read(path));
  cache.lists.set(path, list, list.length);
  return list;
}

/** Reads one manifest of a list and fills in what its entries inherit. The result is shared: do not change it. */
export async function readManifestFile(
  files: TableFiles,
  file: ManifestFile,
): Promise<ResolvedManifest> {
  const cache = cacheOf(files);
  // A commit that is tried again lists the same manifest under another number, which its entries inherit.
  const key = `${file.sequenceNumber} ${file.path}`;
  const known = cache.manifests.get(key);
  if (known !== undefined) return known;
  const manifest = readManifest(await files.read(file.path));
  const resolved: ResolvedManifest = {
    ...manifest,
    spec: { ...manifest.spec, 'spec-id': file.specId },
    file,
    entries: manifest.entries.map((entry) => ({
      ...entry,
      snapshotId: entry.snapshotId ?? file.addedSnapshotId,
      sequenceNumber: inherited(entry, entry.sequenceNumber, file),
      fileSequenceNumber: inherited(entry, entry.fileSequenceNumber, file),
      file: { ...entry.file, specId: file.specId },
    })),
  };
  cache.manifests.set(key, resolved, resolved.entries.length);
  return resolved;
}

/** Only added entries inherit; manifests from format 1 have no numbers at all and count as 0. */
function inherited(entry: ManifestEntry, own: number | undefined, file: ManifestFile): number {
  if (own !== undefined) return own;
  if (entry.status === 'added' || file.sequenceNumber === 0) return file.sequenceNumber;
  throw new TableFormatError('an entry of a manifest has lost its sequence number');
}

interface SnapshotCache {
  lists: BoundedCache<readonly ManifestFile[]>;
  manifests: BoundedCache<ResolvedManifest>;
}

/** By port, so that what one store holds at a path is never taken for what another does. */
const caches = new WeakMap<TableFiles, SnapshotCache>();

function cacheOf(files: TableFiles): SnapshotCache {
  let cache = caches.get(files);
  if (cache === undefined) {
    cache = {
      lists: new BoundedCache(MAX_CACHED_ENTRIES),
      manifests: new BoundedCache(MAX_CACHED_ENTRIES),
    };
    caches.set(files, cache);
  }
  return cache;
}
