import { TimetableError } from './timetable-error.ts';

/** The times of day at which a pattern fires, each value once and ascending. */
export interface TimesOfDay {
  hours: readonly number[];
  minutes: readonly number[];
  seconds: readonly number[];
}

/** A pattern as its fields, with seconds. */
export interface CronFields extends TimesOfDay {
  /** All six fields, as written; a nickname is replaced by its fields. */
  pattern: string;
  /** The fields of day of month, month and day of week, as written. */
  days: string;
  /** Both day fields restrict: a day matches when one of them does, as in Vixie cron. */
  hasBothDays: boolean;
}

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const PATTERN_MAX_LENGTH = 200;

/** Two firings are at least this far apart. */
const SHORTEST_GAP_SECONDS = 10;

/**
 * Reads a cron pattern of 5 fields, or of 6 with seconds in front, or a nickname such as `@daily`.
 * Throws TimetableError. It checks the fields of the time of day; the caller's engine checks those
 * of the day.
 */
export function readCronFields(cron: string): CronFields {
  const text = cron.trim();
  if (text.length > PATTERN_MAX_LENGTH) {
    throw wrong(`is longer than ${PATTERN_MAX_LENGTH} characters`);
  }
  const fields = splitFields(text);
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  refuseCommonMistakes(fields);
  const seconds = readField(second, SECOND);
  refuseTooOften(seconds, text);
  return {
    pattern: fields.join(' '),
    seconds,
    minutes: readField(minute, MINUTE),
    hours: readField(hour, HOUR),
    days: `${day} ${month} ${weekday}`,
    hasBothDays: !isOpen(day) && !isOpen(weekday) && !weekday.startsWith('+'),
  };
}

function splitFields(text: string): string[] {
  if (text.startsWith('@')) {
    const pattern = NICKNAMES[text.toLowerCase()];
    if (pattern !== undefined) return ['0', ...pattern.split(' ')];
    const known = Object.keys(NICKNAMES).join(', ');
    const hint = text.startsWith('@every') ? '; for an interval, give every_seconds' : '';
    throw wrong(`${text} is not one of ${known}${hint}`);
  }
  if (/^\s*(?:CRON_)?TZ=/i.test(text)) {
    throw wrong('must not have a time zone in it: give it as timezone');
  }
  const fields = text.split(/\s+/);
  if (fields.length === 5) return ['0', ...fields];
  if (fields.length === 6) return fields;
  const count =
    text === '' ? 'no fields' : `${fields.length} field${fields.length === 1 ? '' : 's'}`;
  throw wrong(
    `has ${count}; it must have 5 (minute hour day month weekday), or 6 with seconds in front, as in 30 2 * * *`,
  );
}

function refuseCommonMistakes(fields: readonly string[]): void {
  for (const [index, field] of fields.entries()) {
    const name = FIELD_NAMES[index] ?? 'field';
    if (/(^|,)H\b/.test(field)) {
      throw wrong(
        `${name} ${field}: H is not known here; give a number, and jitter_seconds to spread`,
      );
    }
    const stepped = /(?:^|,)(\d+)\/(\d+)/.exec(field);
    if (stepped !== null) {
      const [, from, step] = stepped;
      throw wrong(
        `${name} ${from}/${step}: a step needs a range, as in ${from}-${maxOf(index)}/${step}`,
      );
    }
    if (/L-\d/.test(field)) {
      throw wrong(
        `${name} ${field}: a day before the last cannot be given; L is the last day, LW the last weekday`,
      );
    }
  }
}

const FIELD_NAMES = ['second', 'minute', 'hour', 'day', 'month', 'weekday'] as const;

function maxOf(index: number): number {
  return [59, 59, 23, 31, 12, 6][index] ?? 59;
}

function refuseTooOften(seconds: readonly number[], text: string): void {
  if (seconds.length < 2) return;
  const wrapped = [...seconds, (seconds[0] ?? 0) + 60];
  const gaps = wrapped.slice(1).map((second, index) => second - (wrapped[index] ?? 0));
  const shortest = Math.min(...gaps);
  if (shortest >= SHORTEST_GAP_SECONDS) return;
  throw wrong(
    `${text} fires every ${shortest} s at times; the shortest gap is ${SHORTEST_GAP_SECONDS} s`,
  );
}

interface TimeField {
  name: string;
  max: number;
}

const SECOND: TimeField = { name: 'second', max: 59 };
const MINUTE: TimeField = { name: 'minute', max: 59 };
const HOUR: TimeField = { name: 'hour', max: 23 };

/** The values of a field of numbers, ranges, steps and lists of them. */
function readField(text: string, field: TimeField): number[] {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const { from, to, step } = readPart(part, field);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return [...values].toSorted((a, b) => a - b);
}

function readPart(part: string, field: TimeField): { from: number; to: number; step: number } {
  const { name, max } = field;
  const found = /^(?:(\*|\?)|(\d{1,3})(?:-(\d{1,3}))?)(?:\/(\d{1,3}))?$/.exec(part);
  if (found === null) {
    const shown = part === '' ? 'an empty value' : part;
    throw wrong(`${name} ${shown} is not a number, a range such as 1-5, a step such as */5, or *`);
  }
  const [, open, first, last, stepped] = found;
  const from = open === undefined ? readNumber(first ?? '', field) : 0;
  const to = open === undefined ? readNumber(last ?? first ?? '', field) : max;
  if (from > to)
    throw wrong(
      `${name} ${part}: the range ends before it begins; as a list it is ${from}-${max},0-${to}`,
    );
  const step = stepped === undefined ? 1 : Number(stepped);
  if (step < 1 || step > max + 1) throw wrong(`${name} ${part}: the step is not in 1-${max + 1}`);
  return { from, to, step };
}

function readNumber(text: string, { name, max }: TimeField): number {
  const value = Number(text);
  if (value <= max) return value;
  throw wrong(`${name} ${value} is not in 0-${max}`);
}

function isOpen(field: string): boolean {
  return field === '*' || field === '?';
}

function wrong(message: string): TimetableError {
  return new TimetableError('cron', message);
}

/** How many times a day without a shift has in (after, until], both in seconds since its midnight. */
export function countTimesOfDay(
  { hours, minutes, seconds }: TimesOfDay,
  { after, until }: { after: number; until: number },
): number {
  const upTo = (limit: number): number => {
    if (limit < 0) return 0;
    const [hour, minute, second] = [
      Math.floor(limit / 3_600),
      Math.floor(limit / 60) % 60,
      limit % 60,
    ];
    const whole = hours.filter((one) => one < hour).length * minutes.length * seconds.length;
    if (!hours.includes(hour)) return whole;
    const inHour = minutes.filter((one) => one < minute).length * seconds.length;
    const inMinute = minutes.includes(minute) ? seconds.filter((one) => one <= second).length : 0;
    return whole + inHour + inMinute;
  };
  return upTo(until) - upTo(after);
}

/** The shortest distance between two times of day, also across midnight, in seconds. */
export function shortestGapOf({ hours, minutes, seconds }: TimesOfDay): number {
  const gapWithin = (values: readonly number[], cycle: number): number => {
    const wrapped = [...values, (values[0] ?? 0) + cycle];
    return Math.min(...wrapped.slice(1).map((value, index) => value - (wrapped[index] ?? 0)));
  };
  if (seconds.length > 1) return gapWithin(seconds, 60);
  if (minutes.length > 1) return gapWithin(minutes, 60) * 60;
  return gapWithin(hours, 24) * 3_600;
}
