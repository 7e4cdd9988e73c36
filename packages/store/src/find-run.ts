import { NotFoundError, type Run } from '@rat/domain';
import type { Database, Queryable } from './database.ts';
import { RUN_COLUMNS, toRun, type RunRow } from './run-row.ts';

const FIND_RUN = {
  name: 'find-run',
  text: `SELECT ${RUN_COLUMNS} FROM runs r JOIN pipeline_versions v ON v.id = r.pipeline_version_id WHERE r.id = $1`,
};

/** The run, or undefined. `id` must be a UUID. */
export async function findRun(db: { pool: Queryable }, id: string): Promise<Run | undefined> {
  const answer = await db.pool.query<RunRow>({ ...FIND_RUN, values: [id] });
  const row = answer.rows[0];
  return row === undefined ? undefined : toRun(row);
}

/** The run; throws NotFoundError. `id` must be a UUID. */
export async function getRun(db: Database, id: string): Promise<Run> {
  const run = await findRun(db, id);
  if (run === undefined) throw new NotFoundError('run not found');
  return run;
}
