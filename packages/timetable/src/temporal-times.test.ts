import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openTimetable } from './timetable.ts';

/*
 * The times of Temporal's calendars as a model: a time fires when the clock on the wall shows it. So a time in
 * a gap never fires, and one in a repeated hour fires twice.
 */

const MINUTE_MS = 60_000;

/** Every offset here, and every time below, is a multiple of this. */
const STEP_MS = 15 * MINUTE_MS;
const DAY_MS = 86_400_000;

/** A day with both shifts of a year in each zone, and quiet days. */
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC'];

function clockOf(
  timezone: string,
): (at: number) => { hour: number; minute: number; offset: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'));
    return { hour: of('hour'), minute: of('minute'), offset: local - at };
  };
}

/** The instants of a range at which the clock shows a time of the day. */
function timesOfTemporal(
  { hour, minute, timezone }: { hour: number; minute: number; timezone: string },
  { from, until }: { from: number; until: number },
): number[] {
  const clock = clockOf(timezone);
  const times: number[] = [];
  for (let at = from; at < until; at += STEP_MS) {
    const shown = clock(at);
    if (shown.hour === hour && shown.minute === minute) times.push(at);
  }
  return times;
}

test('a time of the day fires when it does under Temporal, but for a time in a gap and a second pass', () => {
  const shifts = new Set<string>();
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: 0, max: 4 }),
      fc.constantFrom(0, 15, 30, 45),
      // The days around the shifts of 2026, and others.
      fc.constantFrom(
        '2026-03-08',
        '2026-03-29',
        '2026-04-05',
        '2026-06-10',
        '2026-10-04',
        '2026-10-25',
        '2026-11-01',
      ),
      (timezone, hour, minute, day) => {
        const from = Date.parse(`${day}T00:00:00Z`) - DAY_MS;
        const until = from + 3 * DAY_MS;
        const timetable = openTimetable({
          kind: 'cron',
          cron: `${minute} ${hour} * * *`,
          timezone,
        });
        const range = { after: new Date(from - 1), until: new Date(until - 1) };
        const ours = timetable.lastTimes(range, 100).map((time) => time.getTime());
        const theirs = timesOfTemporal({ hour, minute, timezone }, { from, until });
        const clock = clockOf(timezone);
        for (const at of theirs.filter((one) => !ours.includes(one))) {
          // The second pass of a repeated hour: the clock showed the same a shift before, which fired.
          shifts.add('second pass');
          const before = clock(at - 2 * 60 * MINUTE_MS).offset - clock(at).offset;
          expect(before).toBeGreaterThan(0);
          expect(ours).toContain(at - before);
        }
        for (const at of ours.filter((one) => !theirs.includes(one))) {
          // The end of a gap: the clock jumped over the time in the minute before.
          shifts.add('gap');
          const jump = clock(at).offset - clock(at - MINUTE_MS).offset;
          expect(jump).toBeGreaterThan(0);
          const shown = clock(at);
          const wanted = hour * 60 + minute;
          const end = shown.hour * 60 + shown.minute;
          expect(wanted).toBeLessThan(end);
          expect(wanted).toBeGreaterThanOrEqual(end - jump / MINUTE_MS);
        }
      },
    ),
    { numRuns: 150 },
  );
  expect([...shifts].toSorted()).toEqual(['gap', 'second pass']);
});

test('a pattern of an interval fires when it does under Temporal, on days with shifts too', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.constantFrom('2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01'),
      fc.constantFrom(0, 15, 30),
      (timezone, day, minute) => {
        const from = Date.parse(`${day}T00:00:00Z`) - DAY_MS / 2;
        const until = from + 2 * DAY_MS;
        const timetable = openTimetable({ kind: 'cron', cron: `${minute} * * * *`, timezone });
        const range = { after: new Date(from - 1), until: new Date(until - 1) };
        const ours = timetable.lastTimes(range, 100).map((time) => time.getTime());
        const hours = Array.from({ length: 24 }, (_, hour) => hour);
        const theirs = hours
          .flatMap((hour) => timesOfTemporal({ hour, minute, timezone }, { from, until }))
          .toSorted((a, b) => a - b);
        expect(ours).toEqual(theirs);
      },
    ),
    { numRuns: 8 },
  );
});
