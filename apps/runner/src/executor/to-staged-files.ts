import type { StagedFiles } from '@rat/engine';
import { basename, join } from 'node:path';
import type { ChildMessage } from '@rat/contracts';
import { type DataFile, type PartitionSpec, type Schema } from '@rat/iceberg';
import { fileUri } from '@rat/storage';

/**
 * Checks and types what a child reports as staged. The child builds files and schema with the same
 * code as this process, so their shape is known. But the author's SQL ran in that
 * process, so every file must lie in the staging folder: a path elsewhere would publish rows of
 * another table. Throws a TypeError for such a path.
 */
export function toStagedFiles(
  message: Extract<ChildMessage, { type: 'staged' }>,
  stagingDir: string,
): StagedFiles {
  const { schema, lastColumnId, spec, removed, rows, rowsDeleted, bytes, columns } = message;
  const files = message.files as DataFile[];
  for (const { path } of files) {
    if (path !== fileUri(join(stagingDir, basename(path)))) {
      throw new TypeError('a staged file is not in the staging folder');
    }
  }
  return {
    form: 'files',
    files,
    schema: schema as Schema,
    lastColumnId,
    spec: spec as PartitionSpec,
    removed,
    rows,
    rowsDeleted,
    bytes,
    columns,
  };
}
