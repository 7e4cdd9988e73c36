import { NotFoundError, type ExecutedSql } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** The SQL of a run: the pinned version's files, and what an attempt made of them. */
export interface RunSql {
  pipelineVersion: number;
  sql: string;
  /** As stored. */
  qualityTests: unknown;
  /** Undefined before an attempt has ended, and for a run without SQL or of an older runner. */
  executed: (ExecutedSql & { attempt: number }) | undefined;
}

/**
 * The pinned version of a run, and the SQL of its newest attempt that stored any. Throws
 * NotFoundError. `id` must be a UUID.
 */
export async function getRunSql(db: Database, id: string): Promise<RunSql> {
  const answer = await db.pool.query<{
    version: number;
    sql: string;
    quality_tests: unknown;
    attempt: number | null;
    executed_sql: ExecutedSql | null;
  }>({ ...FIND_RUN_SQL, values: [id] });
  const row = answer.rows[0];
  if (row === undefined) throw new NotFoundError('run not found');
  const { attempt, executed_sql: executed } = row;
  return {
    pipelineVersion: row.version,
    sql: row.sql,
    qualityTests: row.quality_tests,
    executed: attempt === null || executed === null ? undefined : { ...executed, attempt },
  };
}

const FIND_RUN_SQL = {
  name: 'find-run-sql',
  text: `SELECT v.version, v.sql, v.quality_tests, a.attempt, a.executed_sql
    FROM runs r
      JOIN pipeline_versions v ON v.id = r.pipeline_version_id
      LEFT JOIN LATERAL (
        SELECT attempt, executed_sql
        FROM run_attempts
        WHERE run_id = r.id AND executed_sql IS NOT NULL
        ORDER BY attempt DESC
        LIMIT 1
      ) a ON true
    WHERE r.id = $1`,
};
