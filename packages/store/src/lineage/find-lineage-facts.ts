import {
  dispositionOf,
  formatRef,
  type FailureCode,
  type PipelineRef,
  type QualityStatus,
  type RunActionKind,
  type RunDisposition,
  type RunStatus,
} from '@rat/domain';
import type { Database } from '../db/database.ts';
import { NEWEST_TESTS } from '../run-lists/newest-tests.ts';

/** What a node of the lineage shows of its pipeline. */
export interface LineageFacts {
  /** The newest run, without those of maintenance and audits. */
  lastRun: LineageRun | undefined;
  /** How many results of each kind the newest run or audit with quality tests had. */
  tests: Partial<Record<QualityStatus, number>> | undefined;
}

export interface LineageRun {
  id: string;
  status: RunStatus;
  createdAt: Date;
  startedAt: Date | undefined;
  finishedAt: Date | undefined;
  durationMs: number | undefined;
  disposition: RunDisposition | undefined;
}

interface FactsRow extends PipelineRef {
  run_id: string | null;
  status: RunStatus;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  duration_ms: number | null;
  failure_code: FailureCode | null;
  actions: RunActionKind[];
  tests: { counts: Partial<Record<QualityStatus, number>> } | null;
}

/** The facts of those of `places` where a pipeline is, by `namespace.layer.name`. */
export async function findLineageFacts(
  db: Database,
  places: readonly PipelineRef[],
): Promise<Map<string, LineageFacts>> {
  const answer = await db.pool.query<FactsRow>({
    ...FIND,
    values: [
      places.map((one) => one.namespace),
      places.map((one) => one.layer),
      places.map((one) => one.name),
    ],
  });
  return new Map(
    answer.rows.map((row) => [formatRef(row), { lastRun: toRun(row), tests: row.tests?.counts }]),
  );
}

function toRun(row: FactsRow): LineageRun | undefined {
  if (row.run_id === null) return undefined;
  const failure = row.failure_code === null ? undefined : { code: row.failure_code };
  return {
    id: row.run_id,
    status: row.status,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    durationMs: row.duration_ms ?? undefined,
    disposition: dispositionOf({ kind: 'pipeline', failure }, row.actions),
  };
}

const FIND = {
  name: 'find-lineage-facts',
  text: `SELECT
      p.namespace,
      p.layer,
      p.name,
      newest.id AS run_id,
      newest.status,
      newest.created_at,
      newest.started_at,
      newest.finished_at,
      newest.duration_ms,
      newest.failure_code,
      ARRAY(SELECT a.action::text FROM run_actions a WHERE a.run_id = newest.id) AS actions,
      tested.tests
    FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (namespace, layer, name)
      JOIN pipelines p USING (namespace, layer, name)
      LEFT JOIN LATERAL (
        SELECT r.* FROM runs r
        WHERE (r.namespace, r.layer, r.pipeline) = (p.namespace, p.layer, p.name)
          AND r.kind = 'pipeline'
        ORDER BY r.created_at DESC, r.id DESC
        LIMIT 1
      ) newest ON true
      LEFT JOIN LATERAL (${NEWEST_TESTS}) tested ON true
    WHERE p.deleted_at IS NULL`,
};
