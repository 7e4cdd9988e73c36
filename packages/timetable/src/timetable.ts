import { Cron } from 'croner';
import { countTimesOfDay, readCronFields, shortestGapOf, type CronFields } from './cron-fields.ts';
import { checkTimezone, localDate, offsetAt } from './local-time.ts';
import { TimetableError } from './timetable-error.ts';

/**
 * When something happens: at the times of a cron pattern in a zone, or every so many seconds since
 * the Unix epoch, plus an offset.
 */
export type Rhythm =
  | { kind: 'cron'; cron: string; timezone: string }
  | { kind: 'interval'; everySeconds: number; offsetSeconds: number };

/** The nominal times of a rhythm. It knows no clock: every instant comes in as an argument. */
export interface Timetable {
  /** The first time after the instant; undefined when there is none. */
  next: (after: Date) => Date | undefined;
  /** The last `count` times at or before the instant and after `after`, ascending. */
  lastTimes: (range: { after: Date; until: Date }, count: number) => Date[];
  /** How many times lie in (after, until]. */
  countTimes: (range: { after: Date; until: Date }) => number;
  /** The last time before the instant. */
  previous: (before: Date) => Date | undefined;
  /** The shortest distance between two times on a day without a shift, in seconds. */
  shortestGapSeconds: number;
}

const DAY_MS = 86_400_000;

/** The shortest and the longest interval, in seconds. */
const EVERY_SECONDS_MIN = 10;
const EVERY_SECONDS_MAX = 31_622_400;

/** More timetables than an installation uses at once. Parsing a pattern takes 0.1 ms. */
const CACHED_MAX = 2_000;

const cached = new Map<string, Timetable>();

/**
 * Opens the timetable of a rhythm. Throws TimetableError for a pattern, a zone or an interval that
 * cannot be. On a day when clocks shift:
 * - a pattern without `*`, `?` and `/` in its time fields fires at each wall time once: in the first
 *   pass of a repeated hour, and at the end of a gap for the times in it;
 * - any other pattern follows the clock: in both passes, and not in a gap.
 *
 * @example
 * const nightly = openTimetable({ kind: 'cron', cron: '30 2 * * *', timezone: 'Europe/Berlin' });
 * nightly.next(new Date('2027-03-27T12:00:00Z')); // 2027-03-28T01:00:00Z: 02:30 is in the gap
 */
export function openTimetable(rhythm: Rhythm): Timetable {
  const key = JSON.stringify(rhythm);
  let timetable = cached.get(key);
  if (timetable === undefined) {
    timetable = rhythm.kind === 'cron' ? openCron(rhythm) : openInterval(rhythm);
    if (cached.size >= CACHED_MAX) cached.clear();
    cached.set(key, timetable);
  }
  return timetable;
}

function openCron({ cron, timezone }: Extract<Rhythm, { kind: 'cron' }>): Timetable {
  checkTimezone(timezone);
  const fields = readCronFields(cron);
  const times = openPattern(fields.pattern, timezone);
  if (times.nextRun(new Date('2000-01-01T00:00:00Z')) === null) {
    throw new TimetableError('cron', `${cron} never fires: no year has such a day`);
  }
  const next = (after: Date): Date | undefined => times.nextRun(after) ?? undefined;
  const previous = (before: Date): Date | undefined => times.previousRuns(1, before)[0];
  // Step by step: asked for many at once, the engine would step back beyond the range.
  const lastTimes = ({ after, until }: { after: Date; until: Date }, count: number): Date[] => {
    const found: Date[] = [];
    let at = previous(new Date(until.getTime() + 1));
    while (at !== undefined && at > after && found.length < count) {
      found.push(at);
      at = previous(at);
    }
    return found.toReversed();
  };
  const enumerate = ({ after, until }: { after: Date; until: Date }): Date[] => {
    const found: Date[] = [];
    for (let at = next(after); at !== undefined && at <= until; at = next(at)) found.push(at);
    return found;
  };
  return {
    next,
    previous,
    lastTimes,
    countTimes: (range) => countCronTimes(fields, timezone, range, enumerate),
    shortestGapSeconds: shortestGapOf(fields),
  };
}

function openPattern(pattern: string, timezone: string): Cron {
  try {
    return new Cron(pattern, {
      timezone,
      paused: true,
      mode: '5-or-6-parts',
      fixedTimeRule: 'no-wildcard',
    });
  } catch (cause) {
    throw new TimetableError('cron', explain(cause), { cause });
  }
}

/** The engine counts the months and the days from 0 in its messages, so they are not passed on as they are. */
function explain(cause: unknown): string {
  const text =
    cause instanceof Error ? cause.message.replace(/^CronPattern: (?:Syntax error, )?/, '') : '';
  const outside = /^Invalid value for (day|month|dayOfWeek): (-?\d+)/.exec(text);
  if (outside === null) return text === '' ? 'cannot be read' : text;
  const [, field = '', value = ''] = outside;
  if (field === 'dayOfWeek') return `weekday ${value} is not in 0-7, where 0 and 7 are Sunday`;
  return `${field} ${Number(value) + 1} is not in 1-${field === 'day' ? 31 : 12}`;
}

type Enumerate = (range: { after: Date; until: Date }) => Date[];

/** Counting day by day pays off above some hundred times. */
const ENUMERATED_MS = 3_600_000;

/**
 * Counts without enumerating: on a day whose clock does not shift, a matching day has the same times
 * as every other. A long outage of a frequent schedule would otherwise stop the process for seconds.
 */
function countCronTimes(
  fields: CronFields,
  timezone: string,
  range: { after: Date; until: Date },
  enumerate: Enumerate,
): number {
  const { after, until } = range;
  if (until <= after) return 0;
  if (until.getTime() - after.getTime() <= ENUMERATED_MS) return enumerate(range).length;
  const [from, to] = [toLocal(after, timezone), toLocal(until, timezone)];
  let count = 0;
  for (const day of matchingDays(fields.days, from, to)) {
    if (!isRegular(day, timezone)) {
      const date = new Date(day).toISOString().slice(0, 10);
      const around = {
        after: later(after, day - 1.5 * DAY_MS),
        until: earlier(until, day + 2.5 * DAY_MS),
      };
      count += enumerateDay(around, date, timezone, enumerate);
      continue;
    }
    count += countTimesOfDay(fields, {
      after: Math.floor((Math.max(from, day - 1) - day) / 1_000),
      until: Math.floor((Math.min(to, day + DAY_MS - 1) - day) / 1_000),
    });
  }
  return count;
}

/** The local midnights, as UTC, of the days that match, from the day of `from` to that of `to`. */
function* matchingDays(days: string, from: number, to: number): Generator<number> {
  const pattern = new Cron(`0 0 0 ${days}`, { timezone: 'UTC', paused: true, mode: '6-part' });
  const start = Math.floor(from / DAY_MS) * DAY_MS;
  let day = pattern.nextRun(new Date(start - 1));
  while (day !== null && day.getTime() <= to) {
    yield day.getTime();
    day = pattern.nextRun(day);
  }
}

/** Whether the clock has one offset from the local midnight `day` to the next one, and there. */
function isRegular(day: number, timezone: string): boolean {
  const noon = day + DAY_MS / 2;
  const offset = offsetAt(new Date(noon - offsetAt(new Date(noon), timezone)), timezone);
  const start = day - offset;
  const instants = [start - 1, start, start + DAY_MS - 1, start + DAY_MS];
  return instants.every((instant) => offsetAt(new Date(instant), timezone) === offset);
}

function enumerateDay(
  around: { after: Date; until: Date },
  date: string,
  timezone: string,
  enumerate: Enumerate,
): number {
  return enumerate(around).filter((time) => localDate(time, timezone) === date).length;
}

function toLocal(instant: Date, timezone: string): number {
  return instant.getTime() + offsetAt(instant, timezone);
}

function later(instant: Date, ms: number): Date {
  return instant.getTime() > ms ? instant : new Date(ms);
}

function earlier(instant: Date, ms: number): Date {
  return instant.getTime() < ms ? instant : new Date(ms);
}

function openInterval({
  everySeconds,
  offsetSeconds,
}: Extract<Rhythm, { kind: 'interval' }>): Timetable {
  if (
    !Number.isInteger(everySeconds) ||
    everySeconds < EVERY_SECONDS_MIN ||
    everySeconds > EVERY_SECONDS_MAX
  ) {
    const range = `${EVERY_SECONDS_MIN}-${EVERY_SECONDS_MAX}`;
    throw new TimetableError('every_seconds', `${everySeconds} is not a whole number in ${range}`);
  }
  if (!Number.isInteger(offsetSeconds) || offsetSeconds < 0 || offsetSeconds >= everySeconds) {
    const message = `${offsetSeconds} is not a whole number below every_seconds, which is ${everySeconds}`;
    throw new TimetableError('offset_seconds', message);
  }
  const [every, offset] = [everySeconds * 1_000, offsetSeconds * 1_000];
  const number = (instant: Date): number => Math.floor((instant.getTime() - offset) / every);
  const time = (index: number): Date => new Date(index * every + offset);
  return {
    next: (after) => time(number(after) + 1),
    previous: (before) => time(number(new Date(before.getTime() - 1))),
    lastTimes: ({ after, until }, count) => {
      const [first, last] = [number(after) + 1, number(until)];
      const from = Math.max(first, last - count + 1);
      return Array.from({ length: Math.max(0, last - from + 1) }, (_, n) => time(from + n));
    },
    countTimes: ({ after, until }) => Math.max(0, number(until) - number(after)),
    shortestGapSeconds: everySeconds,
  };
}

/**
 * How a time of a pattern lies on a day when clocks shift: in place of one that the gap swallowed, or
 * in the first or the second pass of a repeated hour. Undefined on every other day.
 */
export function shiftAt(
  time: Date,
  cron: string,
  timezone: string,
): 'gap' | 'first_pass' | 'second_pass' | undefined {
  const offset = offsetAt(time, timezone);
  const local = time.getTime() + offset;
  if (!isNamed(readCronFields(cron), local)) return 'gap';
  // The same wall time under the offset of some hours later, or earlier, is another instant then.
  const [before, after] = [-SHIFT_WITHIN_MS, SHIFT_WITHIN_MS].map((ms) =>
    offsetAt(new Date(time.getTime() + ms), timezone),
  );
  const exists = (other: number | undefined): boolean =>
    other !== undefined &&
    other !== offset &&
    offsetAt(new Date(local - other), timezone) === other;
  if (exists(after)) return 'first_pass';
  if (exists(before)) return 'second_pass';
  return undefined;
}

/** A repeated time is at most this far from its first pass: clocks shift by up to 3 hours. */
const SHIFT_WITHIN_MS = 4 * 3_600_000;

function isNamed({ hours, minutes, seconds }: CronFields, local: number): boolean {
  const wall = new Date(local);
  return (
    hours.includes(wall.getUTCHours()) &&
    minutes.includes(wall.getUTCMinutes()) &&
    seconds.includes(wall.getUTCSeconds())
  );
}
