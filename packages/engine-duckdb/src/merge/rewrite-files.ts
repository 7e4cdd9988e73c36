import { resolve } from 'node:path';
import type { Rewrite } from '@rat/engine';
import { UNPARTITIONED, type DataFile } from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';
import { openSession } from '../session/session.ts';
import { duckdbType } from '../table-sql/column-types.ts';
import { dataFileFromStats } from '../table-sql/data-file-from-stats.ts';
import { fieldIdsClause } from '../table-sql/field-ids.ts';
import { tableScanSql } from '../table-sql/table-scan-sql.ts';

/** Writes the files of one partition again as fewer and larger ones, with the same rows. */
export async function rewriteFiles(rewrite: Rewrite): Promise<DataFile[]> {
  const { content, targetFileMb, spec, partition, ...limits } = rewrite;
  const { schema, files } = content;
  const session = await openSession({
    inputs: { tables: {}, fileLists: {}, files: files.map((file) => pathFromUri(file.path)) },
    ...limits,
    // The order of rows keeps the value ranges of the files narrow, so that readers can skip files.
    keepsOrder: true,
  });
  try {
    const written = await session.writeOwnParquet(tableScanSql({ schema, files }), {
      targetFileMb,
      columns: schema.fields.map(({ name, type }) => ({
        name,
        sourceName: name,
        castTo: duckdbType(type),
      })),
      fieldIdsClause: fieldIdsClause(schema),
    });
    return written.map((file) => ({
      ...dataFileFromStats(
        { ...file, filename: resolve(file.filename) },
        { schema, spec: UNPARTITIONED },
      ),
      specId: spec['spec-id'],
      partition,
    }));
  } finally {
    await session.close();
  }
}
