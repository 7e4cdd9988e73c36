import { formatRef, type PipelineRef } from '@rat/domain';
import type { Queryable } from '../db/database.ts';

/** A pipeline that reads a table. */
export interface TableReader {
  pipeline: PipelineRef;
  /** Its latest run, when that read the table; otherwise only its current version refers to it. */
  runId: string | undefined;
}

/**
 * The pipelines that read a table, at most `limit`: those that exist, without the table's own, whose
 * latest run read it or whose current version refers to it. Those whose run read it come first. A run
 * that ended before it read anything says nothing, so the run before it counts.
 */
export async function findTableReaders(
  db: { pool: Queryable },
  table: PipelineRef,
  limit: number,
): Promise<TableReader[]> {
  const { namespace, layer, name } = table;
  const answer = await db.pool.query<PipelineRef & { run_id: string | null }>({
    ...FIND_READERS,
    values: [namespace, layer, name, formatRef(table), limit],
  });
  return answer.rows.map(({ run_id: runId, ...pipeline }) => ({
    pipeline,
    runId: runId ?? undefined,
  }));
}

/** One probe of the index of a pipeline's runs, and one of its inputs, for each pipeline. */
const FIND_READERS = {
  name: 'find-table-readers',
  text: `SELECT p.namespace, p.layer, p.name, latest.run_id
    FROM pipelines p
      LEFT JOIN LATERAL (
        SELECT CASE WHEN r.input_snapshots ? $4::text THEN r.id END AS run_id
        FROM runs r
        WHERE r.namespace = p.namespace
          AND r.layer = p.layer
          AND r.pipeline = p.name
          AND r.kind = 'pipeline'
          AND (r.status = 'success' OR r.input_snapshots <> '{}')
        ORDER BY r.created_at DESC, r.id DESC
        LIMIT 1
      ) AS latest ON true
    WHERE p.deleted_at IS NULL
      AND (p.namespace, p.layer, p.name) <> ($1::text, $2::text, $3::text)
      AND (
        latest.run_id IS NOT NULL
        OR EXISTS (
          SELECT FROM pipeline_versions v JOIN pipeline_inputs i ON i.version_id = v.id
          WHERE v.pipeline_id = p.id
            AND v.version = p.current_version
            AND i.kind IN ('ref', 'test')
            AND i.target = $4::text
        )
      )
    ORDER BY latest.run_id IS NULL, p.namespace, p.layer, p.name
    LIMIT $5`,
};

/** A run that has not ended, and whose row this transaction has locked. */
export interface LockedRun {
  id: string;
  status: 'pending' | 'running';
  lastSeq: number;
  cancelRequested: boolean;
}

/**
 * Locks the runs of a table's pipeline that have not ended, those of its maintenance too. A run that
 * is just being published is waited for, and is not among them.
 */
export async function lockUnfinishedRuns(
  db: { pool: Queryable },
  { namespace, layer, name }: PipelineRef,
): Promise<LockedRun[]> {
  const answer = await db.pool.query<{
    id: string;
    status: LockedRun['status'];
    last_seq: number;
    cancel_requested: boolean;
  }>(
    `SELECT id, status, last_seq, cancel_requested_at IS NOT NULL AS cancel_requested
     FROM runs
     WHERE namespace = $1 AND layer = $2 AND pipeline = $3 AND status IN ('pending', 'running')
     ORDER BY id
     FOR UPDATE`,
    [namespace, layer, name],
  );
  return answer.rows.map(({ id, status, last_seq, cancel_requested }) => ({
    id,
    status,
    lastSeq: last_seq,
    cancelRequested: cancel_requested,
  }));
}
