import { readManifestFile, readSnapshotManifests } from '../iceberg/read-snapshot.ts';
import { canonicalUri, type ListedFile, type TableFiles } from '@rat/storage';
import type { TableState } from '../write-state.ts';

/**
 * The files below a table's folder that no version of it names, and that are older than `olderThanMs`: what crashes
 * left. A younger one may be about to be named. `isStaging` tells of a file of a run that has not ended, however old.
 * Throws when anything that the table names cannot be read, for then nothing may be deleted.
 */
export async function findOrphans(
  files: TableFiles,
  current: TableState,
  options: { olderThanMs: number; isStaging: (uri: string) => boolean },
): Promise<ListedFile[]> {
  // Whoever set this wants every file kept.
  if (current.metadata.properties['gc.enabled'] === 'false') return [];
  // Listed first: what is written meanwhile is not in the list, and so not in danger.
  const listed = await files.list(`${current.metadata.location}/`);
  const named = await namedFiles(files, current);
  return listed.filter(
    ({ uri, modifiedAt }) =>
      !named.has(uri) && modifiedAt < options.olderThanMs && !options.isStaging(uri),
  );
}

/** Every file that a version names; also those that a version only tells to have removed, which an older one still has. */
async function namedFiles(
  files: TableFiles,
  { location, metadata }: TableState,
): Promise<Set<string>> {
  const named = new Set<string>();
  const add = (uri: string): void => void named.add(canonicalUri(uri));
  add(location);
  for (const entry of metadata['metadata-log']) add(entry['metadata-file']);
  for (const file of [
    ...(metadata.statistics ?? []),
    ...(metadata['partition-statistics'] ?? []),
  ]) {
    add(file['statistics-path']);
  }
  for (const snapshot of metadata.snapshots) {
    add(snapshot['manifest-list']);
    for (const manifest of await readSnapshotManifests(files, metadata, snapshot['snapshot-id'])) {
      // Most are shared between snapshots.
      if (named.has(canonicalUri(manifest.path))) continue;
      add(manifest.path);
      for (const entry of (await readManifestFile(files, manifest)).entries) add(entry.file.path);
    }
  }
  return named;
}
