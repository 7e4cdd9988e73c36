import { formatRef, type PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** Versions of one table; ids in decimal. */
export interface TableVersions {
  table: PipelineRef;
  snapshotIds: readonly string[];
}

/** A run that read one of these versions and is published, or may still be. */
export interface Reader {
  runId: string;
  table: PipelineRef;
  /**
   * The snapshot that it published in its own table, by its success or by hand; undefined while it
   * runs, and for a run that published none.
   */
  snapshotId: string | undefined;
}

/**
 * Runs that read one of these versions and are running or published, by their success or by hand;
 * oldest first, at most `limit`.
 */
export async function listReaders(
  db: Database,
  versions: readonly TableVersions[],
  limit: number,
): Promise<Reader[]> {
  const read = versions.flatMap(({ table, snapshotIds }) =>
    snapshotIds.map((id) => ({ name: formatRef(table), id })),
  );
  const answer = await db.pool.query<PipelineRef & { id: string; snapshot_id: string | null }>({
    ...LIST_READERS,
    values: [read.map(({ name }) => name), read.map(({ id }) => id), limit],
  });
  return answer.rows.map(({ id, snapshot_id: snapshotId, ...table }) => ({
    runId: id,
    table,
    snapshotId: snapshotId ?? undefined,
  }));
}

/**
 * Finds each version in `runs_inputs_idx`: the statement needs the containment, and a condition
 * equal to the index's own.
 */
const LIST_READERS = {
  name: 'list-readers',
  text: `WITH readers AS (
      SELECT DISTINCT r.id FROM unnest($1::text[], $2::text[]) AS read(name, snapshot_id)
      JOIN runs r
        ON r.input_snapshots <> '{}'
          AND r.input_snapshots @> jsonb_build_object(read.name, read.snapshot_id)
    )
    SELECT
      r.id,
      r.namespace,
      r.layer,
      r.pipeline AS name,
      coalesce(r.output_snapshot_id, a.snapshot_id) AS snapshot_id
    FROM readers JOIN runs r ON r.id = readers.id
      LEFT JOIN run_actions a ON a.run_id = r.id AND a.action = 'publish'
    WHERE r.status IN ('success', 'running') OR a.run_id IS NOT NULL
    ORDER BY r.started_at, r.id LIMIT $3`,
};
