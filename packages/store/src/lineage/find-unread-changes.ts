import type { PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** A pipeline, and a table that its SQL reads. */
export interface ReadTable {
  pipeline: PipelineRef;
  table: PipelineRef;
}

/**
 * Since when pipelines lack data of the tables that they read, by `namespace.layer.name`: the end of
 * the earliest run that wrote such a table after the newest successful run of the pipeline read it. A
 * pipeline that has read everything, or never succeeded, is left out. Of each table the newest 200 runs
 * count, and decisions of users about them; writers outside the platform do not.
 */
export async function findUnreadChanges(
  db: Database,
  reads: readonly ReadTable[],
): Promise<Map<string, Date>> {
  if (reads.length === 0) return new Map();
  const answer = await db.pool.query<{ address: string; since: Date }>({
    ...FIND,
    values: [
      reads.map(({ pipeline }) => pipeline.namespace),
      reads.map(({ pipeline }) => pipeline.layer),
      reads.map(({ pipeline }) => pipeline.name),
      reads.map(({ table }) => table.namespace),
      reads.map(({ table }) => table.layer),
      reads.map(({ table }) => table.name),
    ],
  });
  return new Map(answer.rows.map(({ address, since }) => [address, since]));
}

/**
 * A change is later than the run that wrote the snapshot that the pipeline read. When no run wrote
 * that snapshot, as after a compaction, it is later than the start of the pipeline's own run.
 */
const FIND = {
  name: 'find-unread-changes',
  text: `SELECT
      d.namespace || '.' || d.layer || '.' || d.name AS address,
      min(changed.at) AS since
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        AS d (namespace, layer, name, of_namespace, of_layer, of_name)
      CROSS JOIN LATERAL (
        SELECT
          r.started_at,
          r.input_snapshots ->> (d.of_namespace || '.' || d.of_layer || '.' || d.of_name) AS snapshot
        FROM runs r
        WHERE (r.namespace, r.layer, r.pipeline) = (d.namespace, d.layer, d.name)
          AND r.kind = 'pipeline'
          AND r.status = 'success'
        ORDER BY r.created_at DESC, r.id DESC
        LIMIT 1
      ) own
      CROSS JOIN LATERAL (
        WITH newest AS (
          SELECT r.* FROM runs r
          WHERE (r.namespace, r.layer, r.pipeline) = (d.of_namespace, d.of_layer, d.of_name)
            AND r.kind = 'pipeline'
          ORDER BY r.created_at DESC, r.id DESC
          LIMIT 200
        ), writes AS (
          SELECT
            n.finished_at AS at,
            n.output_snapshot_id AS snapshot,
            coalesce(n.rows_written, 1) + coalesce(n.rows_deleted, 1) > 0 AS is_change
          FROM newest n WHERE n.status = 'success' AND n.output_snapshot_id IS NOT NULL
          UNION ALL
          SELECT a.at, a.snapshot_id, true
          FROM newest n JOIN run_actions a ON a.run_id = n.id WHERE a.snapshot_id IS NOT NULL
        )
        SELECT min(w.at) AS at FROM writes w
        WHERE w.is_change
          AND w.snapshot IS DISTINCT FROM own.snapshot
          AND w.at > coalesce(
            (SELECT max(r.at) FROM writes r WHERE r.snapshot = own.snapshot),
            own.started_at
          )
      ) changed
    WHERE changed.at IS NOT NULL
    GROUP BY d.namespace, d.layer, d.name`,
};
