import { readManifestFile, readSnapshotManifests } from '../commits/read-snapshot.ts';
import type { ListedFile, TableFiles } from '@rat/storage';
import type { TableState } from '../commits/write-state.ts';

/**
 * The files below a table's folder that no version refers to and that are older than `olderThanMs`:
 * remains of crashes. A younger file may be about to be committed. `isStaging` recognises files of
 * an active run, at any age. Throws when any file that the table refers to is unreadable, because
 * then nothing may be deleted.
 */
export async function findOrphans(
  files: TableFiles,
  current: TableState,
  options: { olderThanMs: number; isStaging: (uri: string) => boolean },
): Promise<ListedFile[]> {
  // With this property the table's owner keeps every file.
  if (current.metadata.properties['gc.enabled'] === 'false') return [];
  // The listing is first: a file that is written later is not in it, and so is safe.
  const listed = await files.list(`${current.metadata.location}/`);
  const named = await namedFiles(files, current);
  return listed.filter(
    ({ uri, modifiedAt }) =>
      !named.has(uri) && modifiedAt < options.olderThanMs && !options.isStaging(uri),
  );
}

/**
 * Every file that a version refers to, including removed ones, which an older version may contain;
 * in canonical spelling. Throws when one of the metadata files is unreadable.
 */
export async function namedFiles(
  files: TableFiles,
  { location, metadata }: TableState,
): Promise<Set<string>> {
  const named = new Set<string>();
  const add = (uri: string): void => void named.add(files.canonicalUri(uri));
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
      // Snapshots share most manifests.
      if (named.has(files.canonicalUri(manifest.path))) continue;
      add(manifest.path);
      for (const entry of (await readManifestFile(files, manifest)).entries) add(entry.file.path);
    }
  }
  return named;
}
