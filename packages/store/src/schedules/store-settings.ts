import { isDeepStrictEqual } from 'node:util';
import type { Manager, Precondition, ScheduleSettings } from '@rat/domain';
import { storableJson, storableText } from '../db/storable.ts';
import type { Prisma } from '../generated/client.ts';
import { saveNext } from './fire-schedule.ts';
import { LOCK_BY_ID, type LockedRow } from './lock-schedule.ts';
import { toSchedule, type PlanFirings, type ScheduleRow } from './schedule-row.ts';

/** A change of a schedule. */
export interface ScheduleChange {
  settings: ScheduleSettings;
  /** Pauses or resumes it; undefined leaves that as it is. */
  isPaused?: boolean | undefined;
  /** Who writes; only the writer of files changes the settings of what files manage. */
  managedBy?: Manager;
}

/** What a write needs besides the settings. */
export interface WriteOptions {
  plan: PlanFirings;
  precondition?: Precondition | undefined;
  by?: string | undefined;
}

/** Whether a schedule has these settings already. */
export function hasSettings(schedule: ScheduleRow, settings: ScheduleSettings): boolean {
  const keys = Object.keys(settings) as (keyof ScheduleSettings)[];
  return keys.every((key) => isDeepStrictEqual(toPlain(schedule[key]), toPlain(settings[key])));
}

/** Whether new settings leave the nominal times of a schedule as they are. */
export function keepsTimes(schedule: ScheduleRow, settings: ScheduleSettings): boolean {
  const keys = ['rhythm', 'timezone', 'startsAt', 'endsAt'] as const;
  return keys.every((key) => isDeepStrictEqual(toPlain(schedule[key]), toPlain(settings[key])));
}

/** A value as JSON has it: parameters of a row and of a file differ in their prototypes. */
function toPlain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** Stores the settings, and computes the next time from now on. */
export async function storeSettings(
  tx: Prisma.TransactionClient,
  current: LockedRow,
  { settings, isPaused, managedBy = 'api' }: ScheduleChange,
  { plan, by }: WriteOptions,
): Promise<void> {
  const { id, now } = current;
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
    interval_mode: settings.intervalMode,
    max_failures: settings.maxFailures ?? null,
    priority: settings.priority,
    expires_in_seconds: settings.expiresInSeconds ?? null,
    params: settings.params,
    is_paused: isPaused ?? null,
    by: by === undefined ? null : storableText(by),
    managed_by: managedBy,
    keeps_times: keepsTimes(toSchedule(current), settings),
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
    interval_mode = new.interval_mode,
    max_failures = new.max_failures,
    priority = new.priority,
    expires_in_seconds = new.expires_in_seconds,
    params = new.params,
    managed_by = CASE WHEN s.managed_by = 'files' THEN s.managed_by ELSE new.managed_by END,
    failures_since = CASE WHEN s.paused_at IS NOT NULL AND NOT new.is_paused THEN now()
      ELSE s.failures_since END,
    decided_until = CASE
      WHEN s.paused_at IS NULL AND new.keeps_times THEN s.decided_until
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
      interval_mode text,
      max_failures int,
      priority smallint,
      expires_in_seconds int,
      params jsonb,
      is_paused boolean,
      by text,
      managed_by text,
      keeps_times boolean
    )
  WHERE s.id = $1::uuid`;
