import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openTimetable, type Timetable } from './timetable.ts';

/*
 * An oracle that shares no code with the timetable: it walks through the minutes of a window, reads
 * the clock on the wall at each, and asks whether the pattern names what the clock shows.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const ZONES = [
  'Europe/Berlin',
  'Europe/London',
  'Europe/Dublin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Santiago',
  'America/Nuuk',
  'America/Havana',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Asia/Tehran',
  'Asia/Beirut',
  'Asia/Amman',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Pacific/Auckland',
  'Pacific/Chatham',
];

/** The clock on the wall at an instant, in minutes as if it were UTC. */
type Wall = (instant: number) => number;

function wallOf(timezone: string): Wall {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return (instant) => Date.parse(`${format.format(instant).replace(' ', 'T')}:00Z`);
}

/** The instants of a year at which the zone's clock shifts, found day by day and then by minute. */
function shiftsOf(wall: Wall, year: number): number[] {
  const offset = (instant: number): number => wall(instant) - instant;
  const shifts: number[] = [];
  for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += 24 * HOUR_MS) {
    let [from, to] = [day, day + 24 * HOUR_MS];
    if (offset(from) === offset(to)) continue;
    while (to - from > MINUTE_MS) {
      const middle = from + Math.floor((to - from) / 2 / MINUTE_MS) * MINUTE_MS;
      if (offset(middle) === offset(from)) from = middle;
      else to = middle;
    }
    shifts.push(to);
  }
  return shifts;
}

function matches(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [0, 59] : range.split('-').map(Number);
    const last = to ?? from ?? 0;
    return value >= (from ?? 0) && value <= last && (value - (from ?? 0)) % Number(step) === 0;
  });
}

const isWeekday = (date: Date): boolean => date.getUTCDay() % 6 !== 0;
const dayIn = (date: Date, day: number): Date =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day));
const lastDayIn = (date: Date): number =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

/** The weekday of the same month that is nearest to a day. */
function nearestWeekday(date: Date, day: number): number {
  for (const distance of [0, -1, 1, -2, 2]) {
    const candidate = day + distance;
    if (candidate < 1 || candidate > lastDayIn(date)) continue;
    if (isWeekday(dayIn(date, candidate))) return candidate;
  }
  throw new Error('a month has weekdays');
}

/** What each of the day fields below means, written out for each. */
const DAYS: Record<string, (date: Date) => boolean> = {
  '* * *': () => true,
  'L * *': (date) => date.getUTCDate() === lastDayIn(date),
  'LW * *': (date) =>
    isWeekday(date) &&
    Array.from({ length: lastDayIn(date) - date.getUTCDate() }, (_, n) =>
      dayIn(date, date.getUTCDate() + n + 1),
    ).every((later) => !isWeekday(later)),
  '15W * *': (date) => date.getUTCDate() === nearestWeekday(date, 15),
  '1W * *': (date) => date.getUTCDate() === nearestWeekday(date, 1),
  '* * MON#2': (date) => date.getUTCDay() === 1 && Math.ceil(date.getUTCDate() / 7) === 2,
  '* * FRI#L': (date) => date.getUTCDay() === 5 && date.getUTCDate() + 7 > lastDayIn(date),
  '* * FRIL': (date) => date.getUTCDay() === 5 && date.getUTCDate() + 7 > lastDayIn(date),
  '13 * FRI': (date) => date.getUTCDate() === 13 || date.getUTCDay() === 5,
  '13 * +FRI': (date) => date.getUTCDate() === 13 && date.getUTCDay() === 5,
  '* * MON-FRI': isWeekday,
  '29-31 * *': (date) => date.getUTCDate() >= 29,
  '* 3,10 SUN': (date) => [2, 9].includes(date.getUTCMonth()) && date.getUTCDay() === 0,
  '1,15 * *': (date) => [1, 15].includes(date.getUTCDate()),
  '* * 7': (date) => date.getUTCDay() === 0,
};

interface Range {
  after: Date;
  until: Date;
}

function expectedTimes(pattern: string, wall: Wall, { after, until }: Range): string[] {
  const [minute = '', hour = '', ...days] = pattern.split(' ');
  const isDay = DAYS[days.join(' ')];
  if (isDay === undefined) throw new Error(`no meaning of ${days.join(' ')}`);
  const names = (shown: number): boolean => {
    const date = new Date(shown);
    return (
      matches(minute, date.getUTCMinutes()) && matches(hour, date.getUTCHours()) && isDay(date)
    );
  };
  const followsClock = /[*/]/.test(`${minute}${hour}`);
  const times = new Set<number>();
  let highest = Number.NEGATIVE_INFINITY;
  // The window begins earlier: a repeated hour may begin before it.
  for (let at = after.getTime() - 6 * HOUR_MS; at <= until.getTime(); at += MINUTE_MS) {
    const shown = wall(at);
    if (followsClock) {
      if (names(shown)) times.add(at);
      continue;
    }
    // Each wall time once: when the clock first shows it, or first shows a later one.
    for (
      let skipped = Math.max(highest + MINUTE_MS, shown - 3 * HOUR_MS);
      skipped <= shown;
      skipped += MINUTE_MS
    ) {
      if (names(skipped) && Number.isFinite(highest)) times.add(at);
    }
    highest = Math.max(highest, shown);
  }
  return [...times].filter((at) => at > after.getTime()).map((at) => new Date(at).toISOString());
}

function walk(timetable: Timetable, { after, until }: Range): Date[] {
  const times: Date[] = [];
  for (let at = timetable.next(after); at !== undefined && at <= until; at = timetable.next(at)) {
    times.push(at);
  }
  return times;
}

function backward(timetable: Timetable, { after, until }: Range): Date[] {
  const times: Date[] = [];
  const end = new Date(until.getTime() + 1);
  for (
    let at = timetable.previous(end);
    at !== undefined && at > after;
    at = timetable.previous(at)
  ) {
    times.unshift(at);
  }
  return times;
}

const anyField = (max: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.integer({ min: 0, max }).map(String),
    fc
      .uniqueArray(fc.integer({ min: 0, max }), { minLength: 2, maxLength: 4 })
      .map((values) => values.join(',')),
    fc
      .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 1, max: 20 }).map((step) => `*/${step}`),
    fc.constant('*'),
  );

const anyPattern = fc
  .tuple(anyField(59), anyField(23), fc.constantFrom(...Object.keys(DAYS)))
  .map((fields) => fields.join(' '));

test('in 19 zones over 20 years, every pattern fires when the clock on the wall says so: forward, backward and counted', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: 2016, max: 2035 }),
      fc.nat({ max: 11 }),
      anyPattern,
      (timezone, year, choice, pattern) => {
        const wall = wallOf(timezone);
        const shifts = shiftsOf(wall, year);
        const shift = shifts[choice % Math.max(1, shifts.length)] ?? Date.UTC(year, choice, 14);
        const range = {
          after: new Date(shift - 5 * HOUR_MS),
          until: new Date(shift + 5 * HOUR_MS),
        };
        const timetable = openTimetable({ kind: 'cron', cron: pattern, timezone });
        const expected = expectedTimes(pattern, wall, range);
        const iso = (times: Date[]): string[] => times.map((time) => time.toISOString());
        expect(iso(walk(timetable, range))).toEqual(expected);
        expect(iso(backward(timetable, range))).toEqual(expected);
        expect(iso(timetable.lastTimes(range, 10_000))).toEqual(expected);
        expect(timetable.countTimes(range)).toBe(expected.length);
      },
    ),
    { numRuns: 100 },
  );
}, 120_000);
