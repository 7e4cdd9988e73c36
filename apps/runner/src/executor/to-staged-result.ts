import { basename, join } from 'node:path';
import type { ChildMessage } from '@rat/contracts';
import { type DataFile, type PartitionSpec, type Schema } from '@rat/lakehouse';
import { fileUri } from '@rat/storage';
import type { StagedResult } from '../executor-protocol/executor-outcome.ts';

/**
 * What a child says it staged. It made files and schema with the lakehouse that this process has, so their shape is
 * known; but an author's SQL ran beside it, so files count only where the child was allowed to write: a path elsewhere
 * would publish somebody else's rows. Throws a TypeError for such a path.
 */
export function toStagedResult(
  message: Extract<ChildMessage, { type: 'staged' }>,
  stagingDir: string,
): StagedResult {
  const { schema, lastColumnId, spec, removed, rows, rowsDeleted, bytes, columns } = message;
  const files = message.files as DataFile[];
  for (const { path } of files) {
    if (path !== fileUri(join(stagingDir, basename(path)))) {
      throw new TypeError('a staged file is not in the staging folder');
    }
  }
  return {
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
