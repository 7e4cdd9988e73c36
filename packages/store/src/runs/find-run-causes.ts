import type { FiringCause, FiringSource, Layer, RunStatus } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** The firing that made a run. */
export interface RunCause {
  kind: FiringSource;
  /** The name of the schedule or the trigger, which may be deleted by now. */
  name: string;
  firingId: string;
  causes: FiringCause[];
  depth: number;
}

/** A run with what made it. */
export interface CausedRun {
  id: string;
  namespace: string;
  layer: Layer;
  pipeline: string;
  status: RunStatus;
  createdAt: Date;
  /** Undefined: a request made it, or its firing is no longer kept. */
  cause: RunCause | undefined;
}

/** The runs with these ids, and what made each of them. Ids that are no run's are left out. */
export async function findRunCauses(db: Database, ids: readonly string[]): Promise<CausedRun[]> {
  const answer = await db.pool.query<CauseRow>({ ...FIND_CAUSES, values: [ids] });
  return answer.rows.map((row) => ({
    id: row.id,
    namespace: row.namespace,
    layer: row.layer,
    pipeline: row.pipeline,
    status: row.status,
    createdAt: row.created_at,
    cause:
      row.firing_id === null || row.source_kind === null
        ? undefined
        : {
            kind: row.source_kind,
            name: row.source_name ?? '',
            firingId: row.firing_id,
            causes: row.causes ?? [],
            depth: row.depth ?? 0,
          },
  }));
}

interface CauseRow {
  id: string;
  namespace: string;
  layer: Layer;
  pipeline: string;
  status: RunStatus;
  created_at: Date;
  firing_id: string | null;
  source_kind: FiringSource | null;
  source_name: string | null;
  causes: FiringCause[] | null;
  depth: number | null;
}

/** The rows of deleted schedules and triggers stay, so their names are known. */
const FIND_CAUSES = {
  name: 'find-run-causes',
  text: `SELECT
      r.id::text,
      r.namespace,
      r.layer,
      r.pipeline,
      r.status,
      r.created_at,
      f.id::text AS firing_id,
      f.source_kind,
      CASE f.source_kind
        WHEN 'schedule' THEN (SELECT s.name FROM schedules s WHERE s.id = f.source_id)
        WHEN 'trigger' THEN (SELECT t.name FROM triggers t WHERE t.id = f.source_id)
      END AS source_name,
      f.causes,
      f.depth
    FROM runs r LEFT JOIN firings f ON f.id = r.firing_id
    WHERE r.id = ANY ($1::uuid[])`,
};
