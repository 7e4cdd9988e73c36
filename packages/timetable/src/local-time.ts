import { TimetableError } from './timetable-error.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** The number of zones is small, and creating a format takes far longer than using one. */
function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timezone, format);
  }
  return format;
}

/** Legacy names that look like a place's time and never change to summer time, or differ by it. */
const REFUSED =
  /^(?:EST|MST|HST|CET|MET|EET|WET|[A-Z]{3}\d[A-Z]{3}|(?:UTC|GMT)?[+-].*|Etc\/.*[+-].*)$/i;

/**
 * Throws TimetableError unless `timezone` is the name of a place's time, or UTC. An abbreviation or
 * a fixed offset is refused: a schedule with one is an hour off for half of the year.
 */
export function checkTimezone(timezone: string): void {
  const hint = 'give a name such as Europe/Berlin, America/New_York or UTC';
  if (REFUSED.test(timezone)) {
    throw new TimetableError('timezone', `${timezone} is an abbreviation or an offset; ${hint}`);
  }
  try {
    formatOf(timezone);
  } catch (cause) {
    throw new TimetableError('timezone', `${timezone} is not a known time zone; ${hint}`, {
      cause,
    });
  }
}

/** The offset of the zone's local time from UTC at an instant, in ms. */
export function offsetAt(instant: Date, timezone: string): number {
  const whole = Math.floor(instant.getTime() / 1_000) * 1_000;
  return localFields(new Date(whole), timezone) - whole;
}

/** The local time at an instant, as the instant that has these fields in UTC. */
function localFields(instant: Date, timezone: string): number {
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(instant)) fields[type] = value;
  const { year, month, day, hour, minute, second } = fields;
  return Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
}

/** `2027-03-28T03:00:00+02:00`. */
export function formatLocal(instant: Date, timezone: string): string {
  const offset = offsetAt(instant, timezone);
  const local = new Date(instant.getTime() + offset).toISOString().slice(0, 19);
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** The local date at an instant, as `2027-03-28`. */
export function localDate(instant: Date, timezone: string): string {
  return formatLocal(instant, timezone).slice(0, 10);
}
