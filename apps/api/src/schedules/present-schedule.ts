import type { IncomingMessage } from 'node:http';
import type { FiringAnswer, FiringList, NextTimes, ScheduleAnswer } from '@rat/contracts';
import { rhythmOf } from '@rat/dispatch';
import type { ScheduleSettings } from '@rat/domain';
import { ownCauses } from '../runs/present-cause.ts';
import type { FiringRow, ScheduleStory } from '@rat/store';
import { describeRhythm, formatLocal, shiftAt, warnOfRhythm, type Timetable } from '@rat/timetable';

export function presentSchedule(row: ScheduleStory): ScheduleAnswer {
  const { rhythm, paused, lastFiring, lastRun } = row;
  const next = row.paused === undefined ? row.fireAt : undefined;
  return {
    id: row.id,
    pipeline_id: row.pipelineId,
    namespace: row.pipeline.namespace,
    layer: row.pipeline.layer,
    pipeline: row.pipeline.name,
    name: row.name,
    cron: rhythm.kind === 'cron' ? rhythm.cron : null,
    every_seconds: rhythm.kind === 'interval' ? rhythm.everySeconds : null,
    offset_seconds: rhythm.kind === 'interval' ? rhythm.offsetSeconds : 0,
    timezone: row.timezone,
    ...describe(row),
    jitter_seconds: row.jitterSeconds,
    delay_seconds: row.delayMs / 1_000,
    starts_at: isoOf(row.startsAt),
    ends_at: isoOf(row.endsAt),
    overlap: row.overlap,
    catch_up: row.catchUp,
    catch_up_window_seconds: row.catchUpWindowSeconds,
    interval_mode: row.intervalMode,
    max_failures: row.maxFailures ?? null,
    priority: row.priority,
    expires_in_seconds: row.expiresInSeconds ?? null,
    params: row.params ?? {},
    managed_by: row.managedBy,
    enabled: paused === undefined,
    paused: paused
      ? { at: paused.at.toISOString(), by: paused.by ?? null, reason: paused.reason ?? null }
      : null,
    next_for: isoOf(row.nextFor),
    next_fire_at: isoOf(next),
    next_run_at: isoOf(next),
    last_firing: lastFiring
      ? {
          id: lastFiring.id,
          outcome: lastFiring.outcome,
          reason: lastFiring.reason ?? null,
          at: lastFiring.at.toISOString(),
        }
      : null,
    last_run_id: lastRun?.id ?? null,
    last_run_at: isoOf(lastRun?.at),
    last_run_status: lastRun?.status ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** The rhythm in words, and what its author may not expect. A stored one may be invalid by now. */
export function describe(settings: Pick<ScheduleSettings, 'rhythm' | 'timezone'>): {
  description: string | null;
  warnings: string[];
} {
  const rhythm = rhythmOf(settings);
  return { description: describeRhythm(rhythm) ?? null, warnings: warnOfRhythm(rhythm) };
}

/** The next `count` times after an instant. */
export function presentTimes(
  timetable: Timetable,
  settings: Pick<ScheduleSettings, 'rhythm' | 'timezone'> & { endsAt?: Date | undefined },
  range: { after: Date; count: number; delayMs: number },
): NextTimes['times'] {
  const { timezone, rhythm, endsAt } = settings;
  const times: NextTimes['times'] = [];
  for (let at = timetable.next(range.after); at !== undefined; at = timetable.next(at)) {
    if (times.length === range.count || (endsAt !== undefined && at > endsAt)) break;
    times.push({
      scheduled_for: at.toISOString(),
      local: formatLocal(at, timezone),
      fire_at: new Date(at.getTime() + range.delayMs).toISOString(),
      shift: rhythm.kind === 'cron' ? (shiftAt(at, rhythm.cron, timezone) ?? null) : null,
    });
  }
  return times;
}

/**
 * A page of firings, without causes in namespaces that the caller may not see; `found` has one more than
 * the page when there is a next one.
 */
export function presentFirings(
  req: IncomingMessage,
  found: readonly FiringRow[],
  limit: number,
): FiringList {
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return {
    firings: page.map((row) => presentFiring(req, row)),
    next_cursor: last === undefined ? null : String(last.position),
  };
}

function presentFiring(req: IncomingMessage, row: FiringRow): FiringAnswer {
  return {
    id: row.id,
    scheduled_for: isoOf(row.scheduledFor),
    scheduled_until: isoOf(row.scheduledUntil),
    decided_at: row.decidedAt.toISOString(),
    last_at: row.lastAt.toISOString(),
    lag_ms: row.lagMs ?? null,
    outcome: row.outcome,
    reason: row.reason ?? null,
    count: row.count,
    run_id: row.runId ?? null,
    run_status: row.runStatus ?? null,
    blocked_by: row.blockedBy ?? null,
    interval_start: isoOf(row.interval?.start),
    interval_end: isoOf(row.interval?.end),
    ...ownCauses(req, row.causes),
    depth: row.depth,
  };
}

function isoOf(at: Date | undefined): string | null {
  return at?.toISOString() ?? null;
}
