import { isDeepStrictEqual } from 'node:util';
import { canonicalUri, type TableFiles } from '@rat/storage';
import type { DataFile } from '../format/data-file.ts';
import type { PartitionSpec, Schema } from '../format/types.ts';
import { readLiveFiles } from './read-snapshot.ts';
import { readTableState } from './write-state.ts';

/** What the platform expects of the private table that an engine filled for one attempt. */
export interface ExpectedTable {
  /** The attempt's own folder, as a URI that ends with a slash. */
  folder: string;
  schema: Schema;
  spec: PartitionSpec;
}

/**
 * Reads the data files of a private table that an engine filled for one attempt. The files keep
 * their paths, and `stageChange` adds them to the run's table. Returns none when the table has no
 * snapshot: the result had no rows, and the engine committed nothing. Throws TypeError for
 * a table that is not as expected: two snapshots, delete files, other columns or partitions, or a
 * file outside of the folder. Such a file may belong to another run, or be adopted twice.
 */
export async function adoptSnapshot(
  files: TableFiles,
  metadataLocation: string,
  expected: ExpectedTable,
): Promise<DataFile[]> {
  refuseElsewhere(metadataLocation, expected);
  const { metadata } = await readTableState(files, metadataLocation);
  const [snapshot, ...more] = metadata.snapshots;
  if (snapshot === undefined) return [];
  if (more.length > 0) {
    throw new TypeError(
      `an engine commits once, its table has ${metadata.snapshots.length} snapshots`,
    );
  }
  const schema = metadata.schemas.find((one) => one['schema-id'] === snapshot['schema-id']);
  if (!isDeepStrictEqual(schema?.fields, expected.schema.fields)) {
    throw new TypeError("an engine's table has other columns than the staged change");
  }
  const live = await readLiveFiles(files, metadata, snapshot['snapshot-id']);
  for (const file of live) {
    if (file.content !== 'data') throw new TypeError("an engine's table has delete files");
    refuseElsewhere(file.path, expected);
    const spec = metadata['partition-specs'].find((one) => one['spec-id'] === file.specId);
    if (!isDeepStrictEqual(spec?.fields, expected.spec.fields)) {
      throw new TypeError(
        "a file of an engine's table has other partitions than the staged change",
      );
    }
  }
  return live.map((file) => ({ ...file, path: canonicalUri(file.path) }));
}

function refuseElsewhere(uri: string, { folder }: ExpectedTable): void {
  if (canonicalUri(uri).startsWith(folder)) return;
  throw new TypeError("a file of an engine's table lies outside of the attempt's folder");
}
