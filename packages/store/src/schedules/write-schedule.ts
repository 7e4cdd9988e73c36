import {
  ConflictError,
  holdsPrecondition,
  PreconditionError,
  type PipelineRef,
  type Precondition,
  type ScheduleSettings,
} from '@rat/domain';
import type { Database } from '../db/database.ts';
import { createRunId } from '../db/create-run-id.ts';
import { storableJson, storableText } from '../db/storable.ts';
import type { Prisma } from '../generated/client.ts';
import { fireAlone, nothingFired, saveNext, type Fired } from './fire-schedule.ts';
import {
  lockPipelineByName,
  lockSchedule,
  LIST_NAMES,
  LOCK_BY_ID,
  LOCK_BY_NAME,
  type LockedRow,
} from './lock-schedule.ts';
import { readRules } from './make-room.ts';
import { toSchedule, type PlanFirings, type ScheduleRow } from './schedule-row.ts';

/** A change of a schedule. */
export interface ScheduleChange {
  settings: ScheduleSettings;
  /** Pauses or resumes it; undefined leaves that as it is. */
  isPaused?: boolean | undefined;
}

/** What a write came to. */
export interface ScheduleWrite {
  id: string;
  isNew: boolean;
  /** What the schedule fired by its old settings; to be announced. */
  fired: Fired;
}

interface WriteOptions {
  plan: PlanFirings;
  precondition?: Precondition | undefined;
  by?: string | undefined;
}

/** The entity tag of a schedule. */
export function scheduleTag({ id, revision }: Pick<ScheduleRow, 'id' | 'revision'>): string {
  return `"${revision}-${id}"`;
}

const TRANSACTION = { maxWait: 10_000, timeout: 15_000 };

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
  options: WriteOptions,
): Promise<ScheduleWrite> {
  return db.prisma.$transaction(async (tx) => {
    const pipelineId = await lockPipelineByName(tx, pipeline);
    const rows = await tx.$queryRawUnsafe<{ name: string }[]>(LIST_NAMES, pipelineId);
    const taken = new Set(rows.map((row) => row.name));
    if (name !== undefined && taken.has(name)) {
      throw new ConflictError(`the pipeline has a schedule ${name} already`);
    }
    return insert(tx, { pipelineId, name: name ?? freeName(taken) }, change, options);
  }, TRANSACTION);
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
    refuseUnless(toSchedule(found), precondition);
    await tx.$executeRawUnsafe(
      `UPDATE schedules SET deleted_at = now(), next_for = NULL, fire_at = NULL WHERE id = $1::uuid`,
      id,
    );
  }, TRANSACTION);
}

async function insert(
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
  await store(tx, row, change, options);
  return { id, isNew: true, fired: nothingFired() };
}

async function update(
  tx: Prisma.TransactionClient,
  row: LockedRow,
  change: (current: ScheduleRow) => ScheduleChange,
  options: WriteOptions,
): Promise<ScheduleWrite> {
  const schedule = toSchedule(row);
  refuseUnless(schedule, options.precondition);
  const changed = change(schedule);
  let fired = nothingFired();
  if (
    schedule.paused === undefined &&
    schedule.fireAt !== undefined &&
    schedule.fireAt <= row.now
  ) {
    const plan = options.plan(schedule, row.now);
    fired = await fireAlone(
      tx,
      { schedule, plan },
      await readRules(tx, schedule.pipelineId),
      row.now,
    );
  }
  await store(tx, row, changed, options);
  return { id: schedule.id, isNew: false, fired };
}

/** Stores the settings, and computes the next time from now on. */
async function store(
  tx: Prisma.TransactionClient,
  { id, now }: LockedRow,
  { settings, isPaused }: ScheduleChange,
  { plan, by }: WriteOptions,
): Promise<void> {
  const { rhythm } = settings;
  const values = {
    cron: rhythm.kind === 'cron' ? rhythm.cron : null,
    every_seconds: rhythm.kind === 'interval' ? rhythm.everySeconds : null,
    offset_seconds: rhythm.kind === 'interval' ? rhythm.offsetSeconds : 0,
    timezone: settings.timezone,
    jitter_seconds: settings.jitterSeconds,
    starts_at: settings.startsAt ?? null,
    ends_at: settings.endsAt ?? null,
    overlap: settings.overlap,
    catch_up: settings.catchUp,
    catch_up_window_seconds: settings.catchUpWindowSeconds,
    max_failures: settings.maxFailures ?? null,
    priority: settings.priority,
    expires_in_seconds: settings.expiresInSeconds ?? null,
    params: settings.params,
    is_paused: isPaused ?? null,
    by: by === undefined ? null : storableText(by),
  };
  await tx.$executeRawUnsafe(STORE, id, storableJson(values));
  const [row] = await tx.$queryRawUnsafe<LockedRow[]>(LOCK_BY_ID, id);
  if (row === undefined) throw new Error('a locked schedule is missing');
  const schedule = toSchedule(row);
  if (schedule.paused !== undefined) return;
  const next = plan(schedule, now);
  const isDue = next.fire.length > 0 || next.missed !== undefined;
  // A shorter delay makes a time due that waited for the old one. The firing job decides about it.
  if (isDue) await tx.$executeRawUnsafe(FIRE_SOON, id);
  else await saveNext(tx, [{ schedule, plan: next }]);
}

const FIRE_SOON = `UPDATE schedules SET fire_at = now() WHERE id = $1::uuid`;

/**
 * Times that were never due by the new settings are not due now: `decided_until` moves to now. With
 * the same times it stays, or a time that waits for its delay would be lost.
 */
const STORE = `UPDATE schedules s SET
    cron = new.cron,
    every_seconds = new.every_seconds,
    offset_seconds = new.offset_seconds,
    timezone = new.timezone,
    jitter_seconds = new.jitter_seconds,
    starts_at = new.starts_at,
    ends_at = new.ends_at,
    overlap = new.overlap,
    catch_up = new.catch_up,
    catch_up_window_seconds = new.catch_up_window_seconds,
    max_failures = new.max_failures,
    priority = new.priority,
    expires_in_seconds = new.expires_in_seconds,
    params = new.params,
    failures_since = CASE WHEN s.paused_at IS NOT NULL AND NOT new.is_paused THEN now()
      ELSE s.failures_since END,
    decided_until = CASE
      WHEN s.paused_at IS NULL
        AND (s.cron, s.every_seconds, s.offset_seconds, s.timezone, s.starts_at)
          IS NOT DISTINCT FROM
          (new.cron, new.every_seconds, new.offset_seconds, new.timezone, new.starts_at)
      THEN s.decided_until
      ELSE greatest(s.decided_until, now()) END,
    next_for = NULL,
    fire_at = NULL,
    paused_at = CASE WHEN new.is_paused THEN coalesce(paused_at, now())
      WHEN NOT new.is_paused THEN NULL ELSE paused_at END,
    paused_by = CASE WHEN new.is_paused AND paused_at IS NULL THEN new.by
      WHEN NOT new.is_paused THEN NULL ELSE paused_by END,
    pause_reason = CASE WHEN NOT new.is_paused THEN NULL ELSE pause_reason END,
    revision = revision + 1,
    updated_at = now()
  FROM jsonb_to_record($2::jsonb) AS new (
      cron text,
      every_seconds int,
      offset_seconds int,
      timezone text,
      jitter_seconds int,
      starts_at timestamptz,
      ends_at timestamptz,
      overlap text,
      catch_up text,
      catch_up_window_seconds int,
      max_failures int,
      priority smallint,
      expires_in_seconds int,
      params jsonb,
      is_paused boolean,
      by text
    )
  WHERE s.id = $1::uuid`;

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
  throw new PreconditionError(message, { yours: undefined, current: undefined });
}
