import type { TableFiles } from '@rat/storage';
import type { DataFile } from '../format/data-file.ts';
import { TableFormatError } from '../format/errors.ts';
import { readLiveFiles } from './read-snapshot.ts';
import { readTableState } from './write-state.ts';

/**
 * The files of a private table that an engine filled for one run, for `stageChange`. They keep their
 * names, so a run's table may list them as its own. Throws TableFormatError unless the table has
 * exactly one snapshot without delete files, and all its files are below `prefix`: an engine that
 * wrote elsewhere, or twice, wrote something that nobody asked for.
 */
export async function adoptSnapshot(
  files: TableFiles,
  metadataLocation: string,
  prefix: string,
): Promise<DataFile[]> {
  const { metadata } = await readTableState(files, metadataLocation);
  const [snapshot, ...more] = metadata.snapshots;
  if (snapshot === undefined || more.length > 0) {
    const found = metadata.snapshots.length;
    throw new TableFormatError(`an engine's table has one snapshot, this one has ${found}`);
  }
  const live = await readLiveFiles(files, metadata, snapshot['snapshot-id']);
  for (const file of live) {
    if (file.content !== 'data') throw new TableFormatError("an engine's table has delete files");
    if (!file.path.startsWith(prefix)) {
      throw new TableFormatError("a file of an engine's table lies outside of its folder");
    }
  }
  return live;
}
