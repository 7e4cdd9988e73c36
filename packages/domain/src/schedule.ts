import type { ParamValues } from './param.ts';

/** What a firing does while earlier runs of its own schedule are active. */
export const OVERLAPS = ['inherit', 'skip', 'queue_one', 'queue', 'replace'] as const;
/**
 * - `inherit`: the pipeline's `concurrency` decides, as for any other run.
 * - `skip`: it makes no run while one is active.
 * - `queue_one`: one run may wait behind the active one.
 * - `queue`: runs wait in their order, up to a limit.
 * - `replace`: the earlier runs are cancelled.
 */
export type Overlap = (typeof OVERLAPS)[number];

/** What becomes of the times at which nothing could fire. */
export const CATCH_UPS = ['none', 'latest', 'all'] as const;
/**
 * - `none`: they are missed.
 * - `latest`: the newest one fires late, unless a later one is on time.
 * - `all`: all within the window fire, the oldest first.
 */
export type CatchUp = (typeof CATCH_UPS)[number];

/** Who decided that a run should be: the kinds of the rows of `firings`. */
export type FiringSource = 'schedule' | 'trigger';

/**
 * What became of a firing. `missed` stands for one or more times at which nothing fired. `waiting`:
 * its time has come, and its inputs have not. `refused`: it would never end, fires too
 * often, or a quota of the namespace leaves no room.
 */
export const FIRING_OUTCOMES = ['run', 'waiting', 'skipped', 'missed', 'refused'] as const;
export type FiringOutcome = (typeof FIRING_OUTCOMES)[number];

/**
 * - `overlap`: runs of the schedule, or of its pipeline, were active.
 * - `line_full`: too many runs of the schedule wait already.
 * - `quota`: the namespace has as many runs in line as it may.
 * - `late`: nothing could fire at these times, and the catch-up policy leaves them out.
 * - `paused`: the schedule was paused, and nothing catches up on these times.
 * - `waiting_inputs`: not every pipeline has succeeded since the time before.
 * - `loop`: the trigger is among the causes of what changed, or the chain of causes is too long.
 * - `rate_capped`: it fired more often than an hour allows, and is paused.
 */
export type FiringReason =
  | 'overlap'
  | 'line_full'
  | 'late'
  | 'paused'
  | 'unpublished'
  | 'quota'
  | 'waiting_inputs'
  | 'loop'
  | 'rate_capped';

/** Where the interval of a run begins. */
export const INTERVAL_MODES = ['previous', 'since_success'] as const;
/**
 * - `previous`: at the due time before its own.
 * - `since_success`: where that of the last successful run of the schedule ended, so that the interval
 *   of a failed run is made up for by the next one.
 */
export type IntervalMode = (typeof INTERVAL_MODES)[number];

/** Who sets a schedule or a trigger: a request, or the `automation.yaml` of its pipeline. */
export const MANAGERS = ['api', 'files'] as const;
export type Manager = (typeof MANAGERS)[number];

/** When a schedule fires and what it does then, as a person set it. */
export interface ScheduleSettings {
  /** The pattern, or an interval. */
  rhythm:
    | { kind: 'cron'; cron: string }
    | { kind: 'interval'; everySeconds: number; offsetSeconds: number };
  /** The zone of the pattern, and of the logical date. */
  timezone: string;
  /** The most seconds by which the schedule delays its firings; each schedule has a fixed delay. */
  jitterSeconds: number;
  startsAt: Date | undefined;
  endsAt: Date | undefined;
  overlap: Overlap;
  catchUp: CatchUp;
  /** How far back `all` reaches. */
  catchUpWindowSeconds: number;
  intervalMode: IntervalMode;
  /** After this many failed runs in a row the schedule is paused. */
  maxFailures: number | undefined;
  priority: number;
  /** A run that has not started within this time is cancelled. */
  expiresInSeconds: number | undefined;
  /** The values of the pipeline's parameters. */
  params: ParamValues | undefined;
}

/** The times at which a schedule should have fired since it last decided. */
export interface DueTimes {
  /** Ascending; the newest ones only, if there are very many. */
  times: readonly Date[];
  /** How many times lie before these, the first and the last of them. */
  earlier: { count: number; first: Date; last: Date } | undefined;
}

/** What is to be done with due times. */
export interface FiringDecision {
  fire: Date[];
  /** The times that nothing fires for: one record with their number and range. */
  missed: { count: number; first: Date; last: Date } | undefined;
}

/** A firing is late when it comes later than this; a process that restarts takes less. */
const LATE_AFTER_MS = 60_000;

/**
 * Decides which of the due times fire. Every due time is in `fire` or counted in `missed`.
 *
 * @example
 * decideFirings({ times: [yesterday, today], earlier: undefined }, { now, delayMs: 0, catchUp: 'latest', windowMs });
 */
export function decideFirings(
  { times, earlier }: DueTimes,
  rules: { now: Date; delayMs: number; catchUp: CatchUp; windowMs: number },
): FiringDecision {
  const { now, delayMs, catchUp, windowMs } = rules;
  const latenessMs = (time: Date): number => now.getTime() - time.getTime() - delayMs;
  const firstOnTime = times.findIndex((time) => latenessMs(time) <= LATE_AFTER_MS);
  const late = firstOnTime === -1 ? times.length : firstOnTime;
  const from = firstFired(catchUp, late, times, (time) => latenessMs(time) <= windowMs);
  const missedTimes = times.slice(0, from);
  const first = earlier?.first ?? missedTimes[0];
  const last = missedTimes.at(-1) ?? earlier?.last;
  const count = (earlier?.count ?? 0) + missedTimes.length;
  const missed = first && last && count > 0 ? { count, first, last } : undefined;
  return { fire: times.slice(from), missed };
}

/** The index of the first time that fires. The first `late` times are late. */
function firstFired(
  catchUp: CatchUp,
  late: number,
  times: readonly Date[],
  isInWindow: (time: Date) => boolean,
): number {
  switch (catchUp) {
    case 'none':
      return late;
    case 'latest':
      return late === times.length ? Math.max(0, late - 1) : late;
    case 'all': {
      const inWindow = times.findIndex(isInWindow);
      return inWindow === -1 ? late : Math.min(inWindow, late);
    }
  }
}

/** One nominal time that fires. */
export interface PlannedTime {
  at: Date;
  /** The nominal time before it, where its interval begins; undefined for the first one ever. */
  start: Date | undefined;
  /** The date of the interval's start in the schedule's zone, as `2026-11-29`. */
  logicalDate: string;
}

/** What a schedule does at one moment, and when it is due again. */
export interface FiringPlan {
  fire: PlannedTime[];
  missed: FiringDecision['missed'];
  /** Every nominal time up to here is decided by this plan or an earlier one. */
  decidedUntil: Date;
  /** The next nominal time; undefined: there is none. */
  nextFor: Date | undefined;
  /** When that time fires. */
  fireAt: Date | undefined;
  /** The version of the time zone data that computed them. */
  tzdata: string;
}

/** A run of the schedule that has not ended. */
export interface ActiveRun {
  id: string;
  status: 'pending' | 'running';
}

/** What a firing does with the active runs of its schedule. */
export type OverlapDecision =
  | { kind: 'run' }
  | { kind: 'replace' }
  | { kind: 'skip'; reason: FiringReason; blockedBy: string };

/** More runs of one schedule than this do not wait. */
const LINE_MAX = 100;

/** Decides about one firing; `active` are the runs of the schedule that have not ended, oldest first. */
export function decideOverlap(
  overlap: Exclude<Overlap, 'inherit'>,
  active: readonly ActiveRun[],
): OverlapDecision {
  const [oldest] = active;
  if (oldest === undefined) return { kind: 'run' };
  const blocked = (reason: FiringReason): OverlapDecision => ({
    kind: 'skip',
    reason,
    blockedBy: oldest.id,
  });
  switch (overlap) {
    case 'skip':
      return blocked('overlap');
    case 'queue_one':
      return active.length > 1 ? blocked('overlap') : { kind: 'run' };
    case 'queue':
      return active.length > LINE_MAX ? blocked('line_full') : { kind: 'run' };
    case 'replace':
      return { kind: 'replace' };
  }
}

/**
 * The fixed delay of a schedule, from its id: spread over the jitter, the same at every firing, and
 * never negative, since a firing before its time could happen twice.
 */
export function delayOf(scheduleId: string, jitterSeconds: number): number {
  if (jitterSeconds === 0) return 0;
  let hash = 2_166_136_261;
  // FNV-1a: the ids of schedules that are made together differ in few digits.
  for (const character of scheduleId) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619) >>> 0;
  }
  return hash % jitterSeconds;
}
