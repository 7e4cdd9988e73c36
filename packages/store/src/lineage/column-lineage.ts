import { formatRef, type PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { storableJson } from '../db/storable.ts';

/** Where one column of a table comes from. */
export interface ColumnOrigins {
  name: string;
  from: { table: string; column: string }[];
}

/**
 * Keeps where the columns of a run's result come from, as the lineage of the run's version; null: it
 * is not known. The newest run decides, because templates and the columns of `*` may change without
 * a new version.
 */
export async function keepColumnLineage(
  db: Database,
  runId: string,
  columns: readonly ColumnOrigins[] | null,
): Promise<void> {
  const json = columns === null ? null : storableJson(columns);
  await db.pool.query({ ...KEEP, values: [runId, json] });
}

/** Most runs change nothing, and then write nothing. */
const KEEP = {
  name: 'keep-column-lineage',
  text: `INSERT INTO column_lineage (version_id, columns)
    SELECT r.pipeline_version_id, $2::jsonb FROM runs r
    WHERE r.id = $1 AND NOT EXISTS (
      SELECT 1 FROM column_lineage l
      WHERE l.version_id = r.pipeline_version_id AND l.columns IS NOT DISTINCT FROM $2::jsonb
    )
    ON CONFLICT (version_id) DO UPDATE SET columns = excluded.columns`,
};

/**
 * Where the columns of tables come from, by `namespace.layer.name`, by the newest version of the
 * table's pipeline that a run has traced. `null`: that run could not tell. A table without such a run
 * is left out.
 */
export async function findColumnLineage(
  db: Database,
  tables: readonly PipelineRef[],
): Promise<Map<string, ColumnOrigins[] | null>> {
  if (tables.length === 0) return new Map();
  const answer = await db.pool.query<PipelineRef & { columns: ColumnOrigins[] | null }>({
    ...FIND,
    values: columnsOf(tables),
  });
  return new Map(answer.rows.map((row) => [formatRef(row), row.columns]));
}

const FIND = {
  name: 'find-column-lineage',
  text: `SELECT p.namespace, p.layer, p.name, traced.columns
    FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (namespace, layer, name)
      JOIN pipelines p USING (namespace, layer, name)
      CROSS JOIN LATERAL (
        SELECT l.columns FROM pipeline_versions v JOIN column_lineage l ON l.version_id = v.id
        WHERE v.pipeline_id = p.id
        ORDER BY v.version DESC
        LIMIT 1
      ) traced
    WHERE p.deleted_at IS NULL`,
};

/** The pipelines whose current version reads one of these tables in its SQL, at most `limit`. */
export async function findDeclaredReaders(
  db: Database,
  tables: readonly string[],
  limit: number,
): Promise<PipelineRef[]> {
  const answer = await db.pool.query<PipelineRef>({ ...FIND_READERS, values: [tables, limit] });
  return answer.rows;
}

const FIND_READERS = {
  name: 'find-declared-readers',
  text: `SELECT DISTINCT p.namespace, p.layer, p.name
    FROM pipeline_inputs i
      JOIN pipeline_versions v ON v.id = i.version_id
      JOIN pipelines p ON p.id = v.pipeline_id AND p.current_version = v.version
    WHERE i.target = ANY($1) AND i.kind = 'ref' AND p.deleted_at IS NULL
    ORDER BY p.namespace, p.layer, p.name LIMIT $2`,
};

function columnsOf(tables: readonly PipelineRef[]): [string[], string[], string[]] {
  return [
    tables.map((one) => one.namespace),
    tables.map((one) => one.layer),
    tables.map((one) => one.name),
  ];
}
