import type { FiringOutcome, PipelineRef, RunStatus } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { scheduleNotFound } from './pause-schedule.ts';
import {
  SCHEDULE_COLUMNS,
  toSchedule,
  type ScheduleStory,
  type StoredSchedule,
} from './schedule-row.ts';
import { toNames, type NameFilter } from '../db/name-filter.ts';

/** Which schedules to list; undefined: any. */
export interface ScheduleQuery {
  namespace?: NameFilter;
  layer?: string | undefined;
  pipeline?: string | undefined;
  isPaused?: boolean | undefined;
  limit: number;
  offset: number;
}

/** A page of schedules, by namespace, layer, pipeline and name; `total` is exact. */
export async function listSchedules(
  db: Database,
  query: ScheduleQuery,
): Promise<{ schedules: ScheduleStory[]; total: number }> {
  const { namespace, layer = null, pipeline = null, isPaused = null } = query;
  const filter = [toNames(namespace), layer, pipeline, isPaused];
  const [page, counted] = await Promise.all([
    db.pool.query<StoryRow>({ ...LIST, values: [...filter, query.limit, query.offset] }),
    db.pool.query<{ total: number }>({ ...COUNT, values: filter }),
  ]);
  return { schedules: page.rows.map(toStory), total: counted.rows[0]?.total ?? 0 };
}

/** The schedule; throws NotFoundError. `id` must be a UUID. */
export async function getSchedule(db: Database, id: string): Promise<ScheduleStory> {
  const answer = await db.pool.query<StoryRow>({ ...FIND_BY_ID, values: [id] });
  return requireOne(answer.rows);
}

/** The schedule of a pipeline under its name; throws NotFoundError. */
export async function getScheduleByName(
  db: Database,
  { namespace, layer, name: pipeline }: PipelineRef,
  name: string,
): Promise<ScheduleStory> {
  const answer = await db.pool.query<StoryRow>({
    ...FIND_BY_NAME,
    values: [namespace, layer, pipeline, name],
  });
  return requireOne(answer.rows);
}

function requireOne([row]: StoryRow[]): ScheduleStory {
  if (row === undefined) throw scheduleNotFound();
  return toStory(row);
}

interface StoryRow extends StoredSchedule {
  firing_id: string | null;
  firing_outcome: FiringOutcome | null;
  firing_reason: string | null;
  firing_at: Date | null;
  run_id: string | null;
  run_status: RunStatus | null;
  run_at: Date | null;
}

function toStory(row: StoryRow): ScheduleStory {
  const { firing_id, firing_outcome, firing_reason, firing_at, run_id, run_status, run_at } = row;
  return {
    ...toSchedule(row),
    lastFiring:
      firing_id === null || firing_outcome === null || firing_at === null
        ? undefined
        : {
            id: firing_id,
            outcome: firing_outcome,
            reason: firing_reason ?? undefined,
            at: firing_at,
          },
    lastRun:
      run_id === null || run_status === null || run_at === null
        ? undefined
        : { id: run_id, status: run_status, at: run_at },
  };
}

/** The schedules of a deleted pipeline are hidden with it. */
const FROM = `FROM schedules s JOIN pipelines p ON p.id = s.pipeline_id
  WHERE s.deleted_at IS NULL AND p.deleted_at IS NULL`;

/** The newest firing and the newest run of the schedules `chosen`, each by an index. */
const story = (chosen: string): string => `
  SELECT
    s.*,
    f.id::text AS firing_id,
    f.outcome AS firing_outcome,
    f.reason AS firing_reason,
    f.last_at AS firing_at,
    r.id::text AS run_id,
    r.status AS run_status,
    r.created_at AS run_at
  FROM (${chosen}) s
    LEFT JOIN LATERAL (
      SELECT id, outcome, reason, last_at FROM firings
      WHERE source_id = s.id::uuid ORDER BY position DESC LIMIT 1
    ) f ON true
    LEFT JOIN LATERAL (
      SELECT id, status, created_at FROM runs
      WHERE source_id = s.id::uuid ORDER BY created_at DESC LIMIT 1
    ) r ON true
  ORDER BY s.namespace, s.layer, s.pipeline, s.name`;

const FIND_BY_ID = {
  name: 'find-schedule',
  text: story(`SELECT ${SCHEDULE_COLUMNS} ${FROM} AND s.id = $1`),
};

const FIND_BY_NAME = {
  name: 'find-schedule-by-name',
  text: story(
    `SELECT ${SCHEDULE_COLUMNS} ${FROM}
     AND p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND s.name = $4`,
  ),
};

const FILTER = `
    AND ($1::text[] IS NULL OR p.namespace = ANY ($1))
    AND ($2::text IS NULL OR p.layer = $2)
    AND ($3::text IS NULL OR p.name = $3)
    AND ($4::boolean IS NULL OR (s.paused_at IS NOT NULL) = $4)`;

const LIST = {
  name: 'list-schedules',
  text: story(
    `SELECT ${SCHEDULE_COLUMNS} ${FROM} ${FILTER}
     ORDER BY p.namespace, p.layer, p.name, s.name LIMIT $5 OFFSET $6`,
  ),
};

const COUNT = { name: 'count-schedules', text: `SELECT count(*) AS total ${FROM} ${FILTER}` };
