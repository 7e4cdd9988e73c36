import { NotFoundError, type FiringOutcome, type PipelineRef, type RunStatus } from '@rat/domain';
import type { Database } from '../db/database.ts';
import {
  INPUT_COLUMNS,
  toInput,
  toTrigger,
  TRIGGER_COLUMNS,
  type StoredInput,
  type StoredTrigger,
  type TriggerStory,
} from './trigger-row.ts';
import { toNames, type NameFilter } from '../db/name-filter.ts';

/** Which triggers to list; undefined: any. */
export interface TriggerQuery {
  namespace?: NameFilter;
  layer?: string | undefined;
  pipeline?: string | undefined;
  kind?: string | undefined;
  isPaused?: boolean | undefined;
  limit: number;
  offset: number;
}

/** A page of triggers, by namespace, layer, pipeline and name; `total` is exact. */
export async function listTriggers(
  db: Database,
  query: TriggerQuery,
): Promise<{ triggers: TriggerStory[]; total: number }> {
  const { namespace, layer = null, pipeline = null, kind = null, isPaused = null } = query;
  const filter = [toNames(namespace), layer, pipeline, kind, isPaused];
  const [page, counted] = await Promise.all([
    db.pool.query<StoryRow>({ ...LIST, values: [...filter, query.limit, query.offset] }),
    db.pool.query<{ total: number }>({ ...COUNT, values: filter }),
  ]);
  return {
    triggers: await withInputs(db, page.rows),
    total: counted.rows[0]?.total ?? 0,
  };
}

/** The trigger; throws NotFoundError. `id` must be a UUID. */
export async function getTrigger(db: Database, id: string): Promise<TriggerStory> {
  const answer = await db.pool.query<StoryRow>({ ...FIND_BY_ID, values: [id] });
  return requireOne(await withInputs(db, answer.rows));
}

/** The trigger of a pipeline under its name; throws NotFoundError. */
export async function getTriggerByName(
  db: Database,
  { namespace, layer, name: pipeline }: PipelineRef,
  name: string,
): Promise<TriggerStory> {
  const answer = await db.pool.query<StoryRow>({
    ...FIND_BY_NAME,
    values: [namespace, layer, pipeline, name],
  });
  return requireOne(await withInputs(db, answer.rows));
}

function requireOne([story]: TriggerStory[]): TriggerStory {
  if (story === undefined) throw triggerNotFound();
  return story;
}

export function triggerNotFound(): NotFoundError {
  return new NotFoundError('trigger not found');
}

async function withInputs(db: Database, rows: StoryRow[]): Promise<TriggerStory[]> {
  if (rows.length === 0) return [];
  const found = await db.pool.query<StoredInput & { trigger_id: string }>({
    ...LIST_INPUTS,
    values: [rows.map(({ id }) => id)],
  });
  return rows.map((row) => ({
    ...toTrigger(row),
    inputs: found.rows.filter(({ trigger_id }) => trigger_id === row.id).map(toInput),
    lastFiring:
      row.firing_id === null || row.firing_outcome === null || row.firing_at === null
        ? undefined
        : {
            id: row.firing_id,
            outcome: row.firing_outcome,
            reason: row.firing_reason ?? undefined,
            at: row.firing_at,
          },
    lastRun:
      row.run_id === null || row.run_status === null || row.run_at === null
        ? undefined
        : { id: row.run_id, status: row.run_status, at: row.run_at },
  }));
}

interface StoryRow extends StoredTrigger {
  firing_id: string | null;
  firing_outcome: FiringOutcome | null;
  firing_reason: string | null;
  firing_at: Date | null;
  run_id: string | null;
  run_status: RunStatus | null;
  run_at: Date | null;
}

/** Successes that wait for a firing of their own are no inputs to show. */
const LIST_INPUTS = {
  name: 'list-trigger-inputs',
  text: `SELECT i.trigger_id::text, ${INPUT_COLUMNS} FROM trigger_inputs i
    WHERE i.trigger_id = ANY ($1::uuid[]) AND i.input NOT LIKE 'run:%'
    ORDER BY i.trigger_id, i.input`,
};

/** The triggers of a deleted pipeline are hidden with it. */
const FROM = `FROM triggers t JOIN pipelines p ON p.id = t.pipeline_id
  WHERE t.deleted_at IS NULL AND p.deleted_at IS NULL`;

/** The newest firing and the newest run of the triggers `chosen`, each by an index. */
const story = (chosen: string): string => `
  SELECT
    t.*,
    f.id::text AS firing_id,
    f.outcome AS firing_outcome,
    f.reason AS firing_reason,
    f.last_at AS firing_at,
    r.id::text AS run_id,
    r.status AS run_status,
    r.created_at AS run_at
  FROM (${chosen}) t
    LEFT JOIN LATERAL (
      SELECT id, outcome, reason, last_at FROM firings
      WHERE source_id = t.id::uuid ORDER BY position DESC LIMIT 1
    ) f ON true
    LEFT JOIN LATERAL (
      SELECT id, status, created_at FROM runs
      WHERE source_id = t.id::uuid ORDER BY created_at DESC LIMIT 1
    ) r ON true
  ORDER BY t.namespace, t.layer, t.pipeline, t.name`;

const FIND_BY_ID = {
  name: 'find-trigger',
  text: story(`SELECT ${TRIGGER_COLUMNS} ${FROM} AND t.id = $1`),
};

const FIND_BY_NAME = {
  name: 'find-trigger-by-name',
  text: story(
    `SELECT ${TRIGGER_COLUMNS} ${FROM}
     AND p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND t.name = $4`,
  ),
};

const FILTER = `
    AND ($1::text[] IS NULL OR p.namespace = ANY ($1))
    AND ($2::text IS NULL OR p.layer = $2)
    AND ($3::text IS NULL OR p.name = $3)
    AND ($4::text IS NULL OR t.kind = $4)
    AND ($5::boolean IS NULL OR (t.paused_at IS NOT NULL) = $5)`;

const LIST = {
  name: 'list-triggers',
  text: story(
    `SELECT ${TRIGGER_COLUMNS} ${FROM} ${FILTER}
     ORDER BY p.namespace, p.layer, p.name, t.name LIMIT $6 OFFSET $7`,
  ),
};

const COUNT = { name: 'count-triggers', text: `SELECT count(*) AS total ${FROM} ${FILTER}` };
