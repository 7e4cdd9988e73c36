import type { Database } from '../db/database.ts';
import { isRefused } from '../db/postgres-errors.ts';
import type { Prisma } from '../generated/client.ts';
import type { CreatedRun } from '../runs/create-run.ts';
import { readRules } from '../schedules/make-room.ts';
import { fireTrigger } from './fire-trigger.ts';
import type { TriggerOutcome, TriggerRules } from './firing-context.ts';
import { pauseBySystem } from './pause-trigger.ts';
import { toTrigger, TRIGGER_COLUMNS, type StoredTrigger, type TriggerRow } from './trigger-row.ts';

/** A turn of firing. */
interface TurnOptions {
  rules: TriggerRules;
  /** How many triggers it takes. */
  limit: number;
  /** The time to decide by; by default the database's. For tests. */
  now?: Date | undefined;
}

/** What one turn fired. */
export interface TriggerTurn {
  /** To be announced. */
  runs: Extract<CreatedRun, { kind: 'created' }>[];
  /** How many decisions made no run. */
  others: number;
  /** The triggers that are paused now, and why. */
  paused: { id: string; reason: string }[];
  /** Triggers that could not decide; the next turn tries again. */
  failed: { id: string; error: unknown }[];
  /** Until the next trigger decides, ms; undefined when none does. */
  nextInMs: number | undefined;
}

/**
 * Lets every trigger decide whose time has come, each in a transaction of its own. Any number of
 * processes may call it at the same time: each takes other triggers. A firing, its run and the new
 * marks of the trigger commit together, once.
 *
 * @example
 * const { runs } = await fireTriggers(db, { rules, limit: 200 });
 * for (const run of runs) announceRun(deps, run);
 */
export async function fireTriggers(db: Database, options: TurnOptions): Promise<TriggerTurn> {
  const nextInMs = await findNext(db, options);
  const turn: TriggerTurn = { runs: [], others: 0, paused: [], failed: [], nextInMs };
  // Most turns end here, with one statement that reads the head of an index.
  if (nextInMs === undefined || nextInMs > 0) return turn;
  for (const id of await listDue(db, options)) {
    // One that fails must not keep the others from firing, nor the runs of the turn from being announced.
    await fireOne(db, id, options, turn).catch((error: unknown) => turn.failed.push({ id, error }));
  }
  turn.nextInMs = await findNext(db, options).catch(() => 0);
  return turn;
}

const TRANSACTION = { maxWait: 10_000, timeout: 15_000 };

/** A frozen process must not keep its triggers from the others. */
const HOLD_BRIEFLY = `SET LOCAL idle_in_transaction_session_timeout = '5s'`;

async function fireOne(
  db: Database,
  id: string,
  options: TurnOptions,
  turn: TriggerTurn,
): Promise<void> {
  try {
    const outcome = await db.prisma.$transaction(
      (tx) => decideLocked(tx, id, options),
      TRANSACTION,
    );
    if (outcome === undefined) return;
    turn.runs.push(...outcome.runs);
    turn.others += outcome.others;
    if (outcome.paused !== undefined) turn.paused.push({ id, reason: outcome.paused });
  } catch (error) {
    if (!isRefused(error) || isDeadlock(error)) throw error;
    const reason = 'invalid: the database refused its run';
    await db.prisma.$transaction((tx) => pauseBySystem(tx, id, reason));
    turn.paused.push({ id, reason });
  }
}

/** Postgres ends one of two transactions that wait for each other; it succeeds the next time. */
function isDeadlock(error: unknown): boolean {
  return error instanceof Error && /\b40P01\b|deadlock/i.test(error.message);
}

/** Undefined: another process has it. */
async function decideLocked(
  tx: Prisma.TransactionClient,
  id: string,
  { rules, now: given }: TurnOptions,
): Promise<TriggerOutcome | undefined> {
  await tx.$executeRawUnsafe(HOLD_BRIEFLY);
  // The pipeline first: a delete of the pipeline locks it before its triggers.
  const [pipeline] = await tx.$queryRawUnsafe<PipelineRow[]>(LOCK_PIPELINE, id);
  if (pipeline === undefined) return undefined;
  const [row] = await tx.$queryRawUnsafe<DueRow[]>(TAKE_ONE, id, given?.toISOString() ?? null);
  if (row === undefined) return undefined;
  if (pipeline.is_deleted) return pause(tx, id, 'the pipeline is deleted');
  let trigger: TriggerRow;
  try {
    trigger = toTrigger(row);
  } catch {
    return pause(tx, id, 'invalid: its config cannot be read');
  }
  const pipelineRules = await readRules(tx, trigger.pipelineId);
  return fireTrigger(tx, trigger, { rules, pipelineRules, now: row.now });
}

async function pause(
  tx: Prisma.TransactionClient,
  id: string,
  reason: string,
): Promise<TriggerOutcome> {
  await pauseBySystem(tx, id, reason);
  return { runs: [], others: 0, paused: reason };
}

interface PipelineRow {
  is_deleted: boolean;
}

interface DueRow extends StoredTrigger {
  now: Date;
}

const LOCK_PIPELINE = `SELECT deleted_at IS NOT NULL AS is_deleted FROM pipelines
  WHERE id = (SELECT pipeline_id FROM triggers WHERE id = $1::uuid)
  FOR NO KEY UPDATE SKIP LOCKED`;

const NOW = `coalesce($2::timestamptz, now())::timestamptz(3)`;

const TAKE_ONE = `SELECT ${TRIGGER_COLUMNS}, ${NOW} AS now
  FROM triggers t JOIN pipelines p ON p.id = t.pipeline_id
  WHERE t.id = $1::uuid AND t.fire_at <= ${NOW}
  FOR UPDATE OF t SKIP LOCKED`;

async function listDue(db: Database, { limit, now }: TurnOptions): Promise<string[]> {
  const answer = await db.pool.query<{ id: string }>({ ...LIST_DUE, values: [limit, now ?? null] });
  return answer.rows.map(({ id }) => id);
}

const LIST_DUE = {
  name: 'list-due-triggers',
  text: `SELECT t.id::text FROM triggers t WHERE t.fire_at <= ${NOW} ORDER BY t.fire_at LIMIT $1`,
};

/** Negative when one is due already. */
async function findNext(db: Database, { now }: TurnOptions): Promise<number | undefined> {
  const answer = await db.pool.query<{ ms: number | null }>({
    ...FIND_NEXT,
    values: [now ?? null],
  });
  return answer.rows[0]?.ms ?? undefined;
}

const FIND_NEXT = {
  name: 'find-next-trigger',
  text: `SELECT (
      extract(epoch FROM min(fire_at) - coalesce($1::timestamptz, clock_timestamp())) * 1000
    )::float8 AS ms
    FROM triggers WHERE fire_at IS NOT NULL`,
};
