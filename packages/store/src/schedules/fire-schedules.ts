import type { FiringPlan } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { isRefused } from '../db/postgres-errors.ts';
import type { Prisma } from '../generated/client.ts';
import { fireAlone, fireInBatch, nothingFired, type Fired } from './fire-schedule.ts';
import { readRules, type PipelineRules } from './make-room.ts';
import { pauseDeleted, pauseInvalid, type InvalidSchedule } from './pause-schedule.ts';
import {
  SCHEDULE_COLUMNS,
  toSchedule,
  type PlanFirings,
  type ScheduleRow,
  type StoredSchedule,
} from './schedule-row.ts';

/** What one turn fired. */
export interface FiringTurn extends Fired {
  /** The schedules that cannot fire, now paused, and why. */
  invalid: InvalidSchedule[];
  /** Schedules that could not fire; the next turn tries again. */
  failed: { id: string; error: unknown }[];
  /** Until the next schedule is due, ms; undefined when none is. */
  nextInMs: number | undefined;
}

/** A turn of firing: the rules, and how many schedules one transaction takes. */
interface TurnOptions {
  plan: PlanFirings;
  limit: number;
  /** The time to decide by; by default the database's. For tests. */
  now?: Date | undefined;
}

/**
 * Fires every schedule that is due: at most `limit` in one batch, and as many more one by one whose
 * overlap policy needs locks of its own. Any number of processes may call it at the same time: each
 * takes other schedules. A firing and its run commit together, once.
 *
 * @example
 * const { runs } = await fireSchedules(db, { plan, limit: 200 });
 * for (const run of runs) announceRun(deps, run);
 */
export async function fireSchedules(db: Database, options: TurnOptions): Promise<FiringTurn> {
  const nextInMs = await findNext(db, options);
  const turn: FiringTurn = { ...nothingFired(), invalid: [], failed: [], nextInMs };
  // Most turns end here, with one statement that reads the head of an index.
  if (nextInMs === undefined || nextInMs > 0) return turn;
  const isWhole = await fireBatch(db, options, turn);
  for (const id of await listDue(db, options, { isBatchable: !isWhole })) {
    // One that fails must not keep the others from firing, nor the runs of the turn from being announced.
    await fireOne(db, id, options, turn).catch((error: unknown) => turn.failed.push({ id, error }));
  }
  turn.nextInMs = await findNext(db, options).catch(() => 0);
  return turn;
}

/** Time for a batch that waits for nothing but the disk. */
const TRANSACTION = { maxWait: 10_000, timeout: 15_000 };

/**
 * A process that is stopped by a signal while it holds schedules loses them after this time, so that
 * the others can fire them.
 */
const HOLD_BRIEFLY = `SET LOCAL idle_in_transaction_session_timeout = '5s'`;

/** Thrown to roll a batch back whose schedules must fire one by one. */
class NotInBatch extends Error {}

/** Returns false when the batch was rolled back. */
async function fireBatch(db: Database, options: TurnOptions, turn: FiringTurn): Promise<boolean> {
  try {
    const fired = await db.prisma.$transaction(async (tx) => {
      const { now, due, invalid } = await takeDue(tx, TAKE_BATCH, options.limit, options);
      for (const one of invalid) await pauseInvalid(tx, one);
      const batch = due.length === 0 ? nothingFired() : await fireInBatch(tx, due, now);
      if (batch === undefined) throw new NotInBatch();
      return { ...batch, invalid };
    }, TRANSACTION);
    add(turn, fired);
    return true;
  } catch (error) {
    if (error instanceof NotInBatch || isRefused(error)) return false;
    throw error;
  }
}

/** Fires one schedule. One that the database refuses is paused: it would be refused every time. */
async function fireOne(
  db: Database,
  id: string,
  options: TurnOptions,
  turn: FiringTurn,
): Promise<void> {
  try {
    const fired = await db.prisma.$transaction(async (tx) => {
      // The pipeline first: a delete of the pipeline locks it before its schedules.
      const rules = await lockRules(tx, id);
      const { now, due, invalid } = await takeDue(tx, TAKE_ONE, id, options);
      for (const one of invalid) await pauseInvalid(tx, one);
      const [one] = due;
      if (one === undefined) return { ...nothingFired(), invalid };
      if (rules === undefined) {
        await pauseDeleted(tx, id);
        return { ...nothingFired(), invalid };
      }
      return { ...(await fireAlone(tx, one, rules, now)), invalid };
    }, TRANSACTION);
    add(turn, fired);
  } catch (error) {
    if (!isRefused(error) || isDeadlock(error)) throw error;
    const one = { id, message: 'the database refused its run' };
    await db.prisma.$transaction((tx) => pauseInvalid(tx, one));
    turn.invalid.push(one);
  }
}

/** Postgres ends one of two transactions that wait for each other; it succeeds the next time. */
function isDeadlock(error: unknown): boolean {
  return error instanceof Error && /\b40P01\b|deadlock/i.test(error.message);
}

function add(turn: FiringTurn, more: Fired & { invalid: InvalidSchedule[] }): void {
  turn.runs.push(...more.runs);
  turn.lagsMs.push(...more.lagsMs);
  turn.skipped += more.skipped;
  turn.missed += more.missed;
  turn.refused += more.refused;
  turn.invalid.push(...more.invalid);
}

interface Taken {
  now: Date;
  due: { schedule: ScheduleRow; plan: FiringPlan }[];
  invalid: InvalidSchedule[];
}

/** Longer planning would keep this process from its other work. The rest stays due for the next turn. */
const PLANNING_MS = 300;

/** More runs would not be inserted within the time of a transaction. */
const RUNS_A_BATCH = 1_000;

async function takeDue(
  tx: Prisma.TransactionClient,
  statement: string,
  chosen: number | string,
  { plan, now: given }: TurnOptions,
): Promise<Taken> {
  await tx.$executeRawUnsafe(HOLD_BRIEFLY);
  const rows = await tx.$queryRawUnsafe<DueRow[]>(statement, chosen, given?.toISOString() ?? null);
  const taken: Taken = { now: rows[0]?.now ?? new Date(0), due: [], invalid: [] };
  const began = performance.now();
  let runs = 0;
  for (const row of rows) {
    if (runs >= RUNS_A_BATCH || performance.now() - began > PLANNING_MS) break;
    const schedule = toSchedule(row);
    try {
      const planned = plan(schedule, row.now);
      taken.due.push({ schedule, plan: planned });
      runs += planned.fire.length;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      taken.invalid.push({ id: schedule.id, message });
    }
  }
  return taken;
}

interface DueRow extends StoredSchedule {
  now: Date;
}

const NOW = `coalesce($2::timestamptz, now())::timestamptz(3)`;

/** Whether the runs of a schedule just wait in line, so that it can fire in a batch. A quota is checked one by one. */
const IS_BATCHABLE = `(
    n.max_runs_in_line IS NULL AND v.id IS NOT NULL AND s.overlap = 'inherit' AND coalesce(v.config #>> '{concurrency,on_conflict}', 'queue') = 'queue'
  )`;

const JOINED = `
    JOIN pipelines p ON p.id = s.pipeline_id
    JOIN namespaces n ON n.name = p.namespace
    LEFT JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version`;

const DUE = `FROM schedules s ${JOINED} WHERE s.fire_at <= ${NOW}`;

/** SKIP LOCKED divides the due schedules among the processes; the oldest first. */
const TAKE_BATCH = `SELECT ${SCHEDULE_COLUMNS}, ${NOW} AS now ${DUE} AND ${IS_BATCHABLE}
  ORDER BY s.fire_at LIMIT $1 FOR UPDATE OF s SKIP LOCKED`;

const TAKE_ONE = `SELECT ${SCHEDULE_COLUMNS}, ${NOW} AS now ${DUE} AND s.id = $1::uuid
  FOR UPDATE OF s SKIP LOCKED`;

/** The schedules to fire one by one; with `isBatchable`, those of a batch that was rolled back too. */
async function listDue(
  db: Database,
  { limit, now }: TurnOptions,
  { isBatchable }: { isBatchable: boolean },
): Promise<string[]> {
  const answer = await db.pool.query<{ id: string }>({
    ...LIST_DUE,
    values: [limit, now ?? null, isBatchable],
  });
  return answer.rows.map(({ id }) => id);
}

/** Looks only at the schedules that have waited longest: with thousands due, a look at all of them takes as long as a batch. */
const LIST_DUE = {
  name: 'list-due-schedules',
  text: `SELECT s.id::text
    FROM (SELECT * FROM schedules WHERE fire_at <= ${NOW} ORDER BY fire_at LIMIT 2 * $1) s ${JOINED}
    WHERE $3::boolean OR NOT ${IS_BATCHABLE}
    ORDER BY s.fire_at LIMIT $1`,
};

async function lockRules(
  tx: Prisma.TransactionClient,
  scheduleId: string,
): Promise<PipelineRules | undefined> {
  const [row] = await tx.$queryRawUnsafe<{ pipeline_id: string }[]>(LOCK_PIPELINE, scheduleId);
  return row && readRules(tx, row.pipeline_id);
}

const LOCK_PIPELINE = `
  SELECT id::text AS pipeline_id FROM pipelines
  WHERE id = (SELECT pipeline_id FROM schedules WHERE id = $1::uuid) AND deleted_at IS NULL
  FOR NO KEY UPDATE`;

/** Negative when one is due already: a batch has a limit. */
async function findNext(db: Database, { now }: TurnOptions): Promise<number | undefined> {
  const answer = await db.pool.query<{ ms: number | null }>({
    ...FIND_NEXT,
    values: [now ?? null],
  });
  return answer.rows[0]?.ms ?? undefined;
}

const FIND_NEXT = {
  name: 'find-next-firing',
  text: `SELECT (
      extract(epoch FROM min(fire_at) - coalesce($1::timestamptz, clock_timestamp())) * 1000
    )::float8 AS ms
    FROM schedules WHERE fire_at IS NOT NULL`,
};

/**
 * Makes the firing job compute the next times again that an older version of the time zone data
 * computed: a country may have changed its clocks since. Returns how many.
 */
export async function recomputeTimes(db: Database, tzdata: string): Promise<number> {
  const answer = await db.pool.query(RECOMPUTE, [tzdata]);
  return answer.rowCount ?? 0;
}

/** `2026a` comes after `2025c` as text too. A schedule that is due is computed again anyway. */
const RECOMPUTE = `UPDATE schedules SET fire_at = now(), next_for = NULL
  WHERE cron IS NOT NULL AND fire_at > now() AND tzdata < $1`;
