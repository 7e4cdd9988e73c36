import type { Layer, PipelineRef } from '@rat/domain';
import { CATALOG_NAME } from './catalog.ts';
import type { Database } from '../db/database.ts';

/**
 * The tables that maintenance can run for, by name: a published pipeline writes them, and they are in
 * the catalog. A maintenance run is pinned to a version, so there must be one.
 */
export async function listMaintainableTables(
  db: Database,
  filter: {
    namespace?: string | undefined;
    layer?: Layer | undefined;
    name?: string | undefined;
  },
): Promise<PipelineRef[]> {
  const { namespace = null, layer = null, name = null } = filter;
  const answer = await db.pool.query<PipelineRef>(
    `SELECT p.namespace, p.layer, p.name FROM pipelines p
       JOIN lake.iceberg_tables t
         ON t.catalog_name = $4
           AND t.table_namespace = p.namespace || '_' || p.layer
           AND t.table_name = p.name
           AND t.metadata_location IS NOT NULL
     WHERE p.deleted_at IS NULL
       AND p.current_version > 0
       AND ($1::text IS NULL OR p.namespace = $1)
       AND ($2::text IS NULL OR p.layer = $2)
       AND ($3::text IS NULL OR p.name = $3)
     ORDER BY p.namespace, p.layer, p.name`,
    [namespace, layer, name, CATALOG_NAME],
  );
  return answer.rows;
}

/**
 * Takes tables that are due for maintenance and marks them as maintained now, so that one of all
 * replicas requests the run. A table is due when its last maintenance is longer ago than `everyMs`
 * and a run has written to it since, even if only a branch in quarantine. Every eight periods a
 * table is due without new writes, because its old versions expire too. If the process dies before
 * it requests the run, the table waits for another period.
 */
export async function takeTablesDue(
  db: Database,
  query: { everyMs: number; limit: number },
): Promise<PipelineRef[]> {
  const answer = await db.pool.query<PipelineRef>({
    ...TAKE_DUE,
    values: [query.everyMs, query.limit, CATALOG_NAME],
  });
  return answer.rows;
}

/** Reads only a pipeline's newest runs, by the index of its runs. */
const TAKE_DUE = {
  name: 'take-tables-due',
  text: `UPDATE pipelines SET maintained_at = now() WHERE id IN (
      SELECT p.id
      FROM pipelines p
      WHERE p.deleted_at IS NULL
        AND p.current_version > 0
        AND coalesce(p.maintained_at, p.created_at) < now() - $1 * interval '1 ms'
        AND EXISTS (
          SELECT 1
          FROM lake.iceberg_tables t
          WHERE t.catalog_name = $3
            AND t.table_namespace = p.namespace || '_' || p.layer
            AND t.table_name = p.name
        )
        AND (
          coalesce(p.maintained_at, p.created_at) < now() - 8 * $1 * interval '1 ms'
          OR EXISTS (
            SELECT 1
            FROM runs r
            WHERE r.namespace = p.namespace
              AND r.layer = p.layer
              AND r.pipeline = p.name
              AND r.status IN ('success', 'failed')
              AND r.kind = 'pipeline'
              AND r.finished_at > coalesce(p.maintained_at, p.created_at)
          )
        )
      ORDER BY p.maintained_at NULLS FIRST
      LIMIT $2
      FOR UPDATE SKIP LOCKED)
    RETURNING namespace, layer, name`,
};
