import {
  NotFoundError,
  type Failure,
  type PhaseRecord,
  type Run,
  type RunAttempt,
} from '@rat/domain';
import type { Database, Queryable } from '../db/database.ts';
import {
  countLines,
  toLogCounts,
  type LogCounts,
  type LogCountsRow,
} from '../run-stream/log-counts.ts';
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

/** A run, its attempts, oldest first, and the counts of its log, from one snapshot. */
export interface RunStory {
  run: Run;
  progress: RunProgress | undefined;
  attempts: RunAttempt[];
  /** Undefined for a log that an earlier release archived. */
  log: LogCounts | undefined;
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
    ) AS attempts, CASE
      WHEN r.logs_s3_path IS NULL THEN ${countLines('$2')}
      ELSE r.log_counts
    END AS log_counts
    FROM runs r JOIN pipeline_versions v ON v.id = r.pipeline_version_id
    WHERE r.id = $1`,
};

/**
 * The run with its attempts; throws NotFoundError. `id` must be a UUID. `known` are counts of the run that
 * an earlier call returned: lines that they have are not counted again.
 */
export async function getRunStory(db: Database, id: string, known?: LogCounts): Promise<RunStory> {
  const answer = await db.pool.query<StoryRow>({
    ...FIND_STORY,
    values: [id, known?.lastSeq ?? 0],
  });
  const row = answer.rows[0];
  if (row === undefined) throw new NotFoundError('run not found');
  return {
    run: toRun(row),
    progress: row.progress === null ? undefined : toProgress(row.progress),
    attempts: row.attempts.map(toAttempt),
    log: toCounts(row, known),
  };
}

interface StoryRow extends RunRow {
  progress: ProgressRow | null;
  attempts: AttemptRow[];
  log_counts: LogCountsRow | null;
}

/** The counts of an archived log are those of the whole log. */
function toCounts(row: StoryRow, known: LogCounts | undefined): LogCounts | undefined {
  if (row.log_counts === null) return undefined;
  const before = row.logs_s3_path === null ? known : undefined;
  return toLogCounts(row.log_counts, row.last_seq, before);
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
