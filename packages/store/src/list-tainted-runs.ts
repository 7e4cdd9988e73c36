import type { PipelineRef } from '@rat/domain';
import type { Database } from './database.ts';

/** A published run whose result rests on rows that were taken back. */
export interface TaintedRun {
  runId: string;
  table: PipelineRef;
}

/** More than anybody goes through by hand. */
const TAINTED_MAX = 1_000;

/**
 * The runs that read what `runId` published, directly or by way of others', oldest first: their inputs name the very
 * snapshot that it, or one of them, made. Only later runs can have.
 */
export async function listTaintedRuns(db: Database, runId: string): Promise<TaintedRun[]> {
  const answer = await db.pool.query<PipelineRef & { id: string }>(TAINTED, [runId, TAINTED_MAX]);
  return answer.rows.map(({ id, ...table }) => ({ runId: id, table }));
}

const TAINTED = `WITH RECURSIVE tainted AS (
    SELECT id, namespace, layer, pipeline, output_snapshot_id, started_at FROM runs WHERE id = $1
    UNION
    SELECT r.id, r.namespace, r.layer, r.pipeline, r.output_snapshot_id, r.started_at
    FROM tainted t JOIN runs r ON r.status = 'success' AND r.finished_at >= t.started_at
      AND r.input_snapshots ->> (t.namespace || '.' || t.layer || '.' || t.pipeline) = t.output_snapshot_id
  )
  SELECT id, namespace, layer, pipeline AS name FROM tainted WHERE id <> $1 ORDER BY started_at, id LIMIT $2`;
