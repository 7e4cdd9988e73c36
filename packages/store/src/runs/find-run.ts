import {
  NotFoundError,
  type Failure,
  type PhaseRecord,
  type Run,
  type RunAttempt,
} from '@rat/domain';
import type { Database, Queryable } from '../db/database.ts';
import { RUN_PROGRESS, toProgress, type ProgressRow, type RunProgress } from './run-progress.ts';
import { RUN_COLUMNS, toRun, type RunRow } from './run-row.ts';

const FIND_RUN = {
  name: 'find-run',
  text: `SELECT ${RUN_COLUMNS}
    FROM runs r JOIN pipeline_versions v ON v.id = r.pipeline_version_id
    WHERE r.id = $1`,
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

/** A run and its attempts, oldest first, from one snapshot. */
export interface RunStory {
  run: Run;
  progress: RunProgress | undefined;
  attempts: RunAttempt[];
}

/** The newest attempts are shown. Only a run that was interrupted by many shutdowns has more. */
const ATTEMPTS_SHOWN = 100;

const FIND_STORY = {
  name: 'find-run-story',
  text: `SELECT ${RUN_COLUMNS}, ${RUN_PROGRESS} AS progress, (
      SELECT coalesce(jsonb_agg(to_jsonb(a) ORDER BY a.attempt), '[]')
      FROM (
        SELECT attempt, runner_id, started_at, finished_at, outcome, failure, phases
        FROM run_attempts
        WHERE run_id = r.id
        ORDER BY attempt DESC
        LIMIT ${ATTEMPTS_SHOWN}
      ) a
    ) AS attempts
    FROM runs r JOIN pipeline_versions v ON v.id = r.pipeline_version_id
    WHERE r.id = $1`,
};

/** The run with its attempts; throws NotFoundError. `id` must be a UUID. */
export async function getRunStory(db: Database, id: string): Promise<RunStory> {
  const answer = await db.pool.query<StoryRow>({
    ...FIND_STORY,
    values: [id],
  });
  const row = answer.rows[0];
  if (row === undefined) throw new NotFoundError('run not found');
  return {
    run: toRun(row),
    progress: row.progress === null ? undefined : toProgress(row.progress),
    attempts: row.attempts.map(toAttempt),
  };
}

interface StoryRow extends RunRow {
  progress: ProgressRow | null;
  attempts: AttemptRow[];
}

/** A row of `run_attempts` inside of JSON, where times are text. */
interface AttemptRow {
  attempt: number;
  runner_id: string;
  started_at: string;
  finished_at: string | null;
  outcome: Exclude<RunAttempt['outcome'], undefined> | null;
  failure: Failure | null;
  phases: PhaseRecord[] | null;
}

function toAttempt(row: AttemptRow): RunAttempt {
  return {
    attempt: row.attempt,
    runner: row.runner_id,
    startedAt: new Date(row.started_at),
    finishedAt: row.finished_at === null ? undefined : new Date(row.finished_at),
    outcome: row.outcome ?? undefined,
    failure: row.failure ?? undefined,
    phases: row.phases ?? [],
  };
}
