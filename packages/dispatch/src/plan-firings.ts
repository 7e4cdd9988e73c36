import {
  decideFirings,
  type FiringPlan,
  type PlannedTime,
  type ScheduleSettings,
} from '@rat/domain';
import { localDate, openTimetable, type Rhythm, type Timetable } from '@rat/timetable';

/** What planning needs to know of a schedule. */
interface PlannedSchedule extends Pick<
  ScheduleSettings,
  'rhythm' | 'timezone' | 'startsAt' | 'endsAt' | 'catchUp' | 'catchUpWindowSeconds'
> {
  delayMs: number;
  decidedUntil: Date;
  /** Where the interval of its last success ended, if intervals begin there. */
  succeededUntil: Date | undefined;
}

/** More times than this never fire in one turn; what lies before them is counted, and missed. */
const TIMES_MAX = 1_000;

/**
 * Without `catch_up: all` only times of the last minute fire, which are 7 at most, or the last one.
 * Stepping through a pattern takes 0.2 ms a time, so a process after an outage must not step further.
 */
const TIMES_ON_TIME = 8;

/**
 * Computes what a schedule does at `now`: which nominal times since its last decision fire, which
 * are missed, and when it is due again. `waits` false: a nominal time that waits for the delay of the
 * schedule is due too, and is not late. Throws TimetableError for a stored pattern or zone that is no
 * longer valid.
 *
 * @example
 * const { fire, fireAt } = planFirings(schedule, now);
 */
export function planFirings(
  schedule: PlannedSchedule,
  now: Date,
  { waits } = { waits: true },
): FiringPlan {
  const { delayMs, decidedUntil, startsAt, endsAt } = schedule;
  const timetable = openTimetable(rhythmOf(schedule));
  // A time exactly at the start is in.
  const after = latest(decidedUntil, startsAt && new Date(startsAt.getTime() - 1));
  const until = earliest(waits ? new Date(now.getTime() - delayMs) : now, endsAt);
  const range = { after, until };
  const { catchUp, catchUpWindowSeconds } = schedule;
  const most = catchUp === 'all' ? TIMES_MAX : TIMES_ON_TIME;
  const times = timetable.lastTimes(range, most);
  const earlier = times.length < most ? undefined : countEarlier(timetable, after, times[0]);
  const rules = { now, delayMs, catchUp, windowMs: catchUpWindowSeconds * 1_000 };
  const { fire, missed } = decideFirings({ times, earlier }, rules);
  const next = timetable.next(latest(after, until));
  const nextFor = next !== undefined && endsAt !== undefined && next > endsAt ? undefined : next;
  return {
    fire: fire.map((at) => planTime(timetable, at, schedule)),
    missed,
    decidedUntil: times.at(-1) ?? decidedUntil,
    nextFor,
    fireAt: nextFor && new Date(nextFor.getTime() + delayMs),
    tzdata: process.versions.tz ?? '',
  };
}

/** The rhythm of a schedule as the timetable reads it. */
export function rhythmOf({
  rhythm,
  timezone,
}: Pick<ScheduleSettings, 'rhythm' | 'timezone'>): Rhythm {
  return rhythm.kind === 'cron' ? { ...rhythm, timezone } : rhythm;
}

/**
 * A nominal time with its interval, which reaches back to the nominal time before it, or to the end of
 * the last success. A success that is about this time or a later one leaves the former.
 */
export function planTime(
  timetable: Timetable,
  at: Date,
  { timezone, succeededUntil }: { timezone: string; succeededUntil?: Date | undefined },
): PlannedTime {
  const isEarlier = succeededUntil !== undefined && succeededUntil < at;
  const start = isEarlier ? succeededUntil : timetable.previous(at);
  return { at, start, logicalDate: localDate(start ?? at, timezone) };
}

function countEarlier(
  timetable: Timetable,
  after: Date,
  first: Date | undefined,
): { count: number; first: Date; last: Date } | undefined {
  if (first === undefined) return undefined;
  const until = new Date(first.getTime() - 1);
  const count = timetable.countTimes({ after, until });
  const begin = timetable.next(after);
  const last = timetable.previous(first);
  return count === 0 || begin === undefined || last === undefined
    ? undefined
    : { count, first: begin, last };
}

function latest(a: Date, b: Date | undefined): Date {
  return b === undefined || a > b ? a : b;
}

function earliest(a: Date, b: Date | undefined): Date {
  return b === undefined || a < b ? a : b;
}
