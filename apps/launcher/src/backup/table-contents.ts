import { namedFiles, readLiveFiles, readSnapshotManifests, readTableState } from '@rat/iceberg';
import type { LocalTableFiles } from '@rat/storage';

/** The files of one version of a table's metadata. */
export interface TableContents {
  /** Every file that it names. */
  named: ReadonlySet<string>;
  /** Those that a reader of any of its snapshots needs. Others may have been removed in order. */
  needed: ReadonlySet<string>;
}

/** Reads what the metadata at `location` names. Throws when a file of the metadata cannot be read. */
export async function readTableContents(
  files: LocalTableFiles,
  location: string,
): Promise<TableContents> {
  const state = await readTableState(files, location);
  const { metadata } = state;
  const needed = new Set([files.canonicalUri(location)]);
  for (const snapshot of metadata.snapshots) {
    const id = snapshot['snapshot-id'];
    needed.add(files.canonicalUri(snapshot['manifest-list']));
    for (const { path } of await readSnapshotManifests(files, metadata, id)) {
      needed.add(files.canonicalUri(path));
    }
    for (const { path } of await readLiveFiles(files, metadata, id)) {
      needed.add(files.canonicalUri(path));
    }
  }
  return { named: await namedFiles(files, state), needed };
}
