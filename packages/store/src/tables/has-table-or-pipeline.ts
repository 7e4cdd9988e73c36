import type { PipelineRef } from '@rat/domain';
import { CATALOG_NAME, catalogNamespace } from '../catalog/catalog.ts';
import type { Database } from '../db/database.ts';

/** Whether a table of this address exists, or a pipeline that may write it one day. */
export async function hasTableOrPipeline(db: Database, table: PipelineRef): Promise<boolean> {
  const { namespace, layer, name } = table;
  const answer = await db.pool.query<{ found: boolean }>(
    `SELECT EXISTS (
       SELECT 1 FROM pipelines
       WHERE namespace = $1 AND layer = $2 AND name = $3 AND deleted_at IS NULL
     ) OR EXISTS (
       SELECT 1 FROM lake.iceberg_tables
       WHERE catalog_name = $4 AND table_namespace = $5 AND table_name = $3
     ) AS found`,
    [namespace, layer, name, CATALOG_NAME, catalogNamespace(table)],
  );
  return answer.rows[0]?.found === true;
}
