import {
  ConflictError,
  formatRef,
  holdsPrecondition,
  PreconditionError,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import type { Database } from '../db/database.ts';
import { createRunId } from '../db/create-run-id.ts';
import { askPrisma, makeOnce, type IdempotencyKey, type Made } from '../db/idempotency.ts';
import { settingsSide } from '../db/state-tag.ts';
import type { Prisma } from '../generated/client.ts';
import { fireAlone, nothingFired, type Fired } from './fire-schedule.ts';
import {
  lockPipelineByName,
  lockSchedule,
  LIST_NAMES,
  LOCK_BY_ID,
  LOCK_BY_NAME,
  type LockedRow,
} from './lock-schedule.ts';
import { readRules } from './make-room.ts';
import { missUndecided, tryPlan } from './miss-undecided.ts';
import { toSchedule, type ScheduleRow } from './schedule-row.ts';
import {
  hasSettings,
  keepsTimes,
  storeSettings,
  type ScheduleChange,
  type WriteOptions,
} from './store-settings.ts';

/** The result of a write. */
export interface ScheduleWrite {
  id: string;
  isNew: boolean;
  /** What the schedule fired by its old settings; to be announced. */
  fired: Fired;
}

/** The entity tag of a schedule. */
export function scheduleTag({ id, revision }: Pick<ScheduleRow, 'id' | 'revision'>): string {
  return `"${revision}-${id}"`;
}

export const TRANSACTION = { maxWait: 10_000, timeout: 15_000 };

/**
 * Stores the schedule of a pipeline under a name: a new one, or new settings of the one that has this
 * name, which keeps its id. What was due by the old settings fires first. Throws NotFoundError for an
 * unknown pipeline, and PreconditionError.
 *
 * @example
 * const { isNew, fired } = await putSchedule(db, { pipeline, name: 'nightly' }, { settings }, { plan });
 */
export async function putSchedule(
  db: Database,
  { pipeline, name }: { pipeline: PipelineRef; name: string },
  change: ScheduleChange,
  options: WriteOptions,
): Promise<ScheduleWrite> {
  return db.prisma.$transaction(async (tx) => {
    const pipelineId = await lockPipelineByName(tx, pipeline);
    const [found] = await tx.$queryRawUnsafe<LockedRow[]>(LOCK_BY_NAME, pipelineId, name);
    if (found !== undefined) return update(tx, found, () => change, options);
    refuseUnless(undefined, options.precondition);
    return insert(tx, { pipelineId, name }, change, options);
  }, TRANSACTION);
}

/**
 * Creates a schedule. Without a name it gets a free one: `schedule`, `schedule-2`, … Throws
 * NotFoundError for an unknown pipeline, and ConflictError when the name is taken.
 */
export async function createSchedule(
  db: Database,
  { pipeline, name }: { pipeline: PipelineRef; name: string | undefined },
  change: ScheduleChange,
  { idempotency, ...options }: WriteOptions & { idempotency?: IdempotencyKey | undefined },
): Promise<Made<{ id: string }>> {
  const create = async (tx: Prisma.TransactionClient) => {
    const pipelineId = await lockPipelineByName(tx, pipeline);
    const rows = await tx.$queryRawUnsafe<{ name: string }[]>(LIST_NAMES, pipelineId);
    const taken = new Set(rows.map((row) => row.name));
    if (name !== undefined && taken.has(name)) {
      throw new ConflictError(`the pipeline has a schedule ${name} already`);
    }
    const address = { pipelineId, name: name ?? freeName(taken) };
    const { id } = await insert(tx, address, change, options);
    return { id };
  };
  return db.prisma.$transaction(
    (tx) => makeOnce(askPrisma(tx), idempotency, () => create(tx)),
    TRANSACTION,
  );
}

function freeName(taken: ReadonlySet<string>): string {
  if (!taken.has('schedule')) return 'schedule';
  let number = 2;
  while (taken.has(`schedule-${number}`)) number += 1;
  return `schedule-${number}`;
}

/**
 * Changes a schedule; `change` gets it as it is. What was due by the old settings fires first.
 * Throws NotFoundError, PreconditionError, and what `change` throws.
 */
export async function changeSchedule(
  db: Database,
  id: string,
  change: (current: ScheduleRow) => ScheduleChange,
  options: WriteOptions,
): Promise<ScheduleWrite> {
  return db.prisma.$transaction(async (tx) => {
    return update(tx, await lockSchedule(tx, id), change, options);
  }, TRANSACTION);
}

/** Deletes a schedule; its runs and firings stay. Throws NotFoundError and PreconditionError. */
export async function deleteSchedule(
  db: Database,
  id: string,
  precondition: Precondition = {},
): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    const found = await lockSchedule(tx, id);
    const schedule = toSchedule(found);
    refuseUnless(schedule, precondition);
    if (schedule.managedBy === 'files') throw managedByFiles(schedule);
    await tx.$executeRawUnsafe(DELETE, id);
  }, TRANSACTION);
}

export async function insert(
  tx: Prisma.TransactionClient,
  { pipelineId, name }: { pipelineId: string; name: string },
  change: ScheduleChange,
  options: WriteOptions,
): Promise<ScheduleWrite> {
  const id = createRunId();
  await tx.$executeRawUnsafe(
    `INSERT INTO schedules (id, pipeline_id, name, cron, every_seconds, decided_until)
     VALUES ($1::uuid, $2::uuid, $3, '', NULL, now())`,
    id,
    pipelineId,
    name,
  );
  const [row] = await tx.$queryRawUnsafe<LockedRow[]>(LOCK_BY_ID, id);
  if (row === undefined) throw new Error('an inserted schedule is missing');
  await storeSettings(tx, row, change, options);
  return { id, isNew: true, fired: nothingFired() };
}

export async function update(
  tx: Prisma.TransactionClient,
  row: LockedRow,
  change: (current: ScheduleRow) => ScheduleChange,
  options: WriteOptions,
): Promise<ScheduleWrite> {
  const schedule = toSchedule(row);
  refuseUnless(schedule, options.precondition);
  const changed = change(schedule);
  if (!mayChange(schedule, changed)) throw managedByFiles(schedule);
  let fired = nothingFired();
  const waits = keepsTimes(schedule, changed.settings);
  const isDue = schedule.fireAt !== undefined && schedule.fireAt <= row.now;
  if (schedule.paused === undefined && (isDue || !waits)) {
    // A time that waits for its delay would be lost with the rhythm that it is of.
    const plan = tryPlan(() => options.plan(schedule, row.now, { waits }));
    const rules = await readRules(tx, schedule.pipelineId);
    if (plan !== undefined) fired = await fireAlone(tx, { schedule, plan }, rules, row.now);
  }
  // The new settings count from now on, also during the pause.
  if (schedule.paused !== undefined) {
    await missUndecided(tx, schedule, { plan: options.plan, now: row.now });
  }
  await storeSettings(tx, row, changed, options);
  return { id: schedule.id, isNew: false, fired };
}

export const DELETE = `UPDATE schedules SET deleted_at = now(), next_for = NULL, fire_at = NULL
  WHERE id = $1::uuid`;

/** Whether a write changes no setting, or its writer may. */
function mayChange(
  schedule: ScheduleRow,
  { settings, managedBy = 'api' }: ScheduleChange,
): boolean {
  return schedule.managedBy === 'api' || managedBy === 'files' || hasSettings(schedule, settings);
}

function managedByFiles({ name, pipeline }: ScheduleRow): ConflictError {
  return new ConflictError(
    `schedule ${name} is set by the automation.yaml of ${formatRef(pipeline)}: change it there; only pause, resume and run work here`,
  );
}

function refuseUnless(
  current: ScheduleRow | undefined,
  precondition: Precondition | undefined,
): void {
  if (precondition === undefined) return;
  const tags = current === undefined ? [] : [scheduleTag(current)];
  if (holdsPrecondition(precondition, tags)) return;
  const message =
    current === undefined
      ? 'the schedule does not exist, so nothing matches If-Match'
      : precondition.isAbsent
        ? 'If-None-Match: * creates only, but the schedule exists'
        : `the tag of If-Match is not the current one, which is ${scheduleTag(current)}: read the schedule again`;
  const side = current && settingsSide({ tag: scheduleTag(current), at: current.updatedAt });
  throw new PreconditionError(message, { yours: undefined, current: side });
}
