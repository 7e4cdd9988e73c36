import { formatRef, type PipelineRef } from '@rat/domain';
import type { Database } from './database.ts';

/** What a reader of a table sees. Paths are relative to the warehouse. */
export interface TableSnapshot {
  table: PipelineRef;
  runId: string;
  files: { path: string; rows: number; bytes: number }[];
  rows: number;
}

/** The published state of each table that exists, by `namespace.layer.name`, all as of one moment. */
export async function findTables(
  db: Database,
  tables: readonly PipelineRef[],
): Promise<Map<string, TableSnapshot>> {
  const answer = await db.pool.query<PointerRow>(
    `SELECT t.namespace, t.layer, t.name, t.run_id, t.files, t.row_count FROM table_pointers t
     JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted(namespace, layer, name)
       ON t.namespace = wanted.namespace AND t.layer = wanted.layer AND t.name = wanted.name`,
    [tables.map((t) => t.namespace), tables.map((t) => t.layer), tables.map((t) => t.name)],
  );
  return new Map(
    answer.rows.map((row) => {
      const table = { namespace: row.namespace, layer: row.layer, name: row.name };
      const snapshot = { table, runId: row.run_id, files: row.files, rows: row.row_count };
      return [formatRef(table), snapshot];
    }),
  );
}

interface PointerRow extends PipelineRef {
  run_id: string;
  files: TableSnapshot['files'];
  row_count: number;
}
