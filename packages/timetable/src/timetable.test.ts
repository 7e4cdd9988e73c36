import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  describeRhythm,
  formatLocal,
  openTimetable,
  TimetableError,
  warnOfRhythm,
} from './index.ts';

const HOUR_MS = 3_600_000;

const cron = (pattern: string, timezone = 'UTC') =>
  openTimetable({ kind: 'cron', cron: pattern, timezone });

function walk(timetable: ReturnType<typeof cron>, after: Date, until: Date): Date[] {
  const times: Date[] = [];
  for (let at = timetable.next(after); at !== undefined && at <= until; at = timetable.next(at)) {
    times.push(at);
  }
  return times;
}

/** The local times of one local day. */
function dayOf(pattern: string, timezone: string, date: string): string[] {
  const noon = new Date(`${date}T12:00:00Z`).getTime();
  const range = [new Date(noon - 36 * HOUR_MS), new Date(noon + 36 * HOUR_MS)] as const;
  return walk(cron(pattern, timezone), ...range)
    .map((time) => formatLocal(time, timezone))
    .filter((local) => local.startsWith(date))
    .map((local) => local.slice(11));
}

describe('days when clocks shift', () => {
  test.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-29', ['03:00:00+02:00']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25', ['02:30:00+02:00']],
    ['30 2 * * *', 'America/New_York', '2026-03-08', ['03:00:00-04:00']],
    ['30 2 * * *', 'America/New_York', '2026-11-01', ['02:30:00-05:00']],
    ['30 2 * * *', 'Australia/Lord_Howe', '2026-10-04', ['02:30:00+11:00']],
    ['30 2 * * *', 'Australia/Lord_Howe', '2026-04-05', ['02:30:00+10:30']],
    [
      '0,30 1,2 * * *',
      'Europe/Berlin',
      '2026-03-29',
      ['01:00:00+01:00', '01:30:00+01:00', '03:00:00+02:00'],
    ],
    [
      '0,30 1,2 * * *',
      'Europe/Berlin',
      '2026-10-25',
      ['01:00:00+02:00', '01:30:00+02:00', '02:00:00+02:00', '02:30:00+02:00'],
    ],
    ['*/30 1-2 * * *', 'Europe/Berlin', '2026-03-29', ['01:00:00+01:00', '01:30:00+01:00']],
    [
      '*/30 1-2 * * *',
      'Europe/Berlin',
      '2026-10-25',
      [
        '01:00:00+02:00',
        '01:30:00+02:00',
        '02:00:00+02:00',
        '02:30:00+02:00',
        '02:00:00+01:00',
        '02:30:00+01:00',
      ],
    ],
    [
      '*/30 1-2 * * *',
      'Australia/Lord_Howe',
      '2026-04-05',
      ['01:00:00+11:00', '01:30:00+11:00', '01:30:00+10:30', '02:00:00+10:30', '02:30:00+10:30'],
    ],
  ])('%s in %s on %s fires at %j', (pattern, zone, date, expected) => {
    expect(dayOf(pattern, zone, date)).toEqual(expected);
  });

  test.each([
    ['0 * * * *', 'Europe/Berlin', '2026-03-29', 23],
    ['0 * * * *', 'Europe/Berlin', '2026-10-25', 25],
    ['30 */2 * * *', 'Europe/Berlin', '2026-03-29', 11],
    ['30 */2 * * *', 'Europe/Berlin', '2026-10-25', 13],
    ['0 * * * *', 'Australia/Lord_Howe', '2026-10-04', 23],
    ['0 * * * *', 'Australia/Lord_Howe', '2026-04-05', 24],
    ['0 * * * *', 'Asia/Kolkata', '2026-04-05', 24],
  ])('%s in %s on %s fires %i times', (pattern, zone, date, times) => {
    expect(dayOf(pattern, zone, date)).toHaveLength(times);
  });

  test('the times of a long outage are counted exactly, without walking through them', () => {
    const range = {
      after: new Date('2026-03-20T13:14:15Z'),
      until: new Date('2026-04-02T01:02:03Z'),
    };
    const every10s = cron('*/10 * * * * *', 'Europe/Berlin');
    const tens = (at: Date): number => Math.floor(at.getTime() / 10_000);
    expect(every10s.countTimes(range)).toBe(tens(range.until) - tens(range.after));
    const workdays = cron('*/7 9-17 * * MON-FRI', 'America/New_York');
    expect(workdays.countTimes(range)).toBe(walk(workdays, range.after, range.until).length);
  });
});

describe('the pattern', () => {
  test.each([
    ['61 * * * *', 'cron: minute 61 is not in 0-59'],
    ['* 24 * * *', 'cron: hour 24 is not in 0-23'],
    ['* * * *', 'cron: has 4 fields; it must have 5'],
    ['', 'cron: has no fields; it must have 5'],
    ['* * * * * * *', 'cron: has 7 fields; it must have 5'],
    ['5/15 * * * *', 'cron: minute 5/15: a step needs a range, as in 5-59/15'],
    ['0 0 L-3 * *', 'cron: day L-3: a day before the last cannot be given'],
    ['H * * * *', 'cron: minute H: H is not known here'],
    ['TZ=UTC 0 0 * * *', 'cron: must not have a time zone in it: give it as timezone'],
    ['@every 5m', 'cron: @every 5m is not one of'],
    ['2026-01-01T00:00', 'cron: has 1 field; it must have 5'],
    ['0 0 30 2 *', 'cron: 0 0 30 2 * never fires'],
    ['0 0 * 13 *', 'cron: month 13 is not in 1-12'],
    ['0 0 0 * *', 'cron: day 0 is not in 1-31'],
    ['0 0 * * 8', 'cron: weekday 8 is not in 0-7'],
    ['x * * * *', 'cron: minute x is not a number'],
    ['*/0 * * * *', 'cron: minute */0: the step is not in 1-60'],
    ['5-2 * * * *', 'cron: minute 5-2: the range ends before it begins'],
    ['1,,2 * * * *', 'cron: minute an empty value is not a number'],
    ['*/9 * * * * *', 'cron: */9 * * * * * fires every 6 s at times'],
    ['0 0 * * 5#6', 'cron: '],
  ])('%j is refused: %s', (pattern, message) => {
    expect(() => cron(pattern)).toThrow(TimetableError);
    expect(() => cron(pattern)).toThrow(message);
  });

  test.each(['CET', 'EST', 'EST5EDT', '+02:00', 'UTC+2', 'Etc/GMT-3', 'Mars/Olympus', ''])(
    'the time zone %j is refused, and a name that is known is proposed',
    (zone) => {
      expect(() => cron('0 0 * * *', zone)).toThrow(/^timezone: .*Europe\/Berlin/);
    },
  );

  test.each(['Asia/Kolkata', 'Asia/Calcutta', 'Europe/Kyiv', 'UTC', 'Etc/UTC'])(
    'the time zone %s is accepted as it is spelled',
    (zone) => {
      expect(cron('0 0 * * *', zone).next(new Date(0))).toBeDefined();
    },
  );

  test.each([
    ['30 2 * * *', 'At 02:30'],
    ['@daily', 'At 00:00'],
    ['0 0 * * FRI#L', undefined],
    ['0 0 1 * +MON', undefined],
  ])('%s is described as %j', (pattern, text) => {
    cron(pattern);
    expect(describeRhythm({ kind: 'cron', cron: pattern, timezone: 'UTC' })).toBe(text);
  });

  test('a pattern with day and weekday is warned of, since it fires on either', () => {
    const warned = (pattern: string): number =>
      warnOfRhythm({ kind: 'cron', cron: pattern, timezone: 'UTC' }).length;
    expect([warned('0 0 13 * FRI'), warned('0 0 13 * +FRI'), warned('0 0 13 * *')]).toEqual([
      1, 0, 0,
    ]);
  });

  test('the shortest gap is that of the fields, also across midnight', () => {
    const gap = (pattern: string): number => cron(pattern).shortestGapSeconds;
    expect(['*/15 * * * *', '0 1,23 * * *', '30 2 * * *', '0,20 * * * * *'].map(gap)).toEqual([
      900, 7_200, 86_400, 20,
    ]);
  });
});

describe('an interval', () => {
  const every = (everySeconds: number, offsetSeconds = 0) =>
    openTimetable({ kind: 'interval', everySeconds, offsetSeconds });

  test('its times are whole multiples of it since the epoch, plus the offset, and each instant has a next and a previous one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 1_000_000 }),
        fc.nat(),
        fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
        (seconds, shift, instant) => {
          const offset = shift % seconds;
          const timetable = every(seconds, offset);
          const [next, previous] = [timetable.next(instant), timetable.previous(instant)];
          for (const time of [next, previous]) {
            expect(Math.abs(Number(time) / 1_000 - offset) % seconds).toBe(0);
          }
          expect(Number(next)).toBeGreaterThan(instant.getTime());
          expect(Number(previous)).toBeLessThan(instant.getTime());
          expect(Number(next) - Number(previous)).toBeLessThanOrEqual(2 * seconds * 1_000);
          const range = { after: instant, until: new Date(instant.getTime() + seconds * 5_000) };
          expect(timetable.countTimes(range)).toBe(5);
          expect(timetable.lastTimes(range, 3)).toEqual(
            walk(timetable, range.after, range.until).slice(-3),
          );
        },
      ),
    );
  });

  test.each([
    [9, 0, 'every_seconds: 9 is not a whole number in 10-31622400'],
    [1.5, 0, 'every_seconds'],
    [60, 60, 'offset_seconds: 60 is not a whole number below every_seconds, which is 60'],
    [60, -1, 'offset_seconds'],
  ])('every %s s with offset %s is refused: %s', (seconds, offset, message) => {
    expect(() => every(seconds, offset)).toThrow(message);
  });

  test.each([
    [3_600, 'Every hour'],
    [5_400, 'Every 90 minutes'],
    [86_400, 'Every day'],
    [45, 'Every 45 seconds'],
  ])('every %i s is described as %s', (everySeconds, text) => {
    expect(describeRhythm({ kind: 'interval', everySeconds, offsetSeconds: 0 })).toBe(text);
  });
});
