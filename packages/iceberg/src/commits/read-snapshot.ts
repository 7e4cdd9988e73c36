import { BoundedCache } from '../format/bounded-cache.ts';
import { isLive, type LiveFile, type ManifestEntry } from '../format/data-file.ts';
import { TableFormatError } from '../format/errors.ts';
import { readManifestList, type ManifestFile } from '../format/manifest-list.ts';
import { readManifest, type Manifest } from '../format/manifest.ts';
import { fingerprintPart, readPart } from './read-part.ts';
import { getSnapshot } from './snapshot-graph.ts';
import type { TableFiles } from '@rat/storage';
import type { TableMetadata } from '../format/types.ts';

/** The cache size for one port's immutable files, in entries of a few hundred bytes. */
const MAX_CACHED_ENTRIES = 100_000;

/** A manifest whose entries contain everything that they inherit from its list. */
export interface ResolvedManifest extends Omit<Manifest, 'entries'> {
  file: ManifestFile;
  entries: (ManifestEntry & { snapshotId: bigint; sequenceNumber: number })[];
}

/**
 * The data and delete files of a snapshot, with the sequence numbers that decide which deletes
 * apply to which data. Manifests are cached until their files change. Throws NotFoundError when the
 * table has no such snapshot, and TableFormatError when a required file is missing or damaged.
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

/** Above this size manifests are only checked for existence: lists show many tables. */
const VERIFIED_BYTES = 1024 * 1024;

/**
 * Throws TableFormatError when a metadata file of the snapshot is missing or damaged. It does not
 * read the manifests of very large snapshots: it only checks that each exists.
 */
export async function verifySnapshot(
  files: TableFiles,
  metadata: TableMetadata,
  snapshotId: bigint,
): Promise<void> {
  const manifests = await readSnapshotManifests(files, metadata, snapshotId);
  const isSmall = manifests.reduce((sum, { length }) => sum + length, 0) <= VERIFIED_BYTES;
  for (const manifest of manifests) {
    if (isSmall) await readManifestFile(files, manifest);
    else await fingerprintPart(files, { uri: manifest.path, name: 'manifest' });
  }
}

/** Reads a snapshot's manifest list. */
export async function readSnapshotManifests(
  files: TableFiles,
  metadata: TableMetadata,
  snapshotId: bigint,
): Promise<readonly ManifestFile[]> {
  const part = { uri: getSnapshot(metadata, snapshotId)['manifest-list'], name: 'manifest list' };
  const cache = cacheOf(files);
  const key = `${await fingerprintPart(files, part)} ${part.uri}`;
  const known = cache.lists.get(key);
  if (known !== undefined) return known;
  const list = await readPart(files, part, readManifestList);
  cache.lists.set(key, list, list.length);
  return list;
}

/** Reads one manifest and fills in the inherited values. The result is shared: do not modify it. */
export async function readManifestFile(
  files: TableFiles,
  file: ManifestFile,
): Promise<ResolvedManifest> {
  const cache = cacheOf(files);
  // A repeated commit lists the same manifest under another number, which its entries inherit.
  const part = { uri: file.path, name: 'manifest' };
  const key = `${file.sequenceNumber} ${await fingerprintPart(files, part)} ${file.path}`;
  const known = cache.manifests.get(key);
  if (known !== undefined) return known;
  const manifest = await readPart(files, part, readManifest);
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

/** Only added entries inherit. Manifests from format 1 have no numbers, which count as 0. */
function inherited(entry: ManifestEntry, own: number | undefined, file: ManifestFile): number {
  if (own !== undefined) return own;
  if (entry.status === 'added' || file.sequenceNumber === 0) return file.sequenceNumber;
  throw new TableFormatError('an entry of a manifest has lost its sequence number');
}

interface SnapshotCache {
  lists: BoundedCache<readonly ManifestFile[]>;
  manifests: BoundedCache<ResolvedManifest>;
}

/** One cache for each port, so that equal paths of different stores are not mixed up. */
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
