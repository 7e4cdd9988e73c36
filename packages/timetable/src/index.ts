/**
 * When something happens: cron patterns in time zones, and intervals. Pure.
 *
 * Promises: the same rhythm and the same instants give the same times, on every machine with the
 * same time zone data. What happens on a day when clocks shift is written at `openTimetable`.
 * Refuses to know: any clock, schedules, runs.
 * Fails: with TimetableError, which names the field and says what would be right.
 *
 * @example
 * const nightly = openTimetable({ kind: 'cron', cron: '30 2 * * *', timezone: 'Europe/Berlin' });
 * const first = nightly.next(now);
 * if (first) formatLocal(first, 'Europe/Berlin'); // '2026-11-30T02:30:00+01:00'
 */
export { openTimetable, shiftAt, type Rhythm, type Timetable } from './timetable.ts';
export { describeRhythm, warnOfRhythm } from './describe-rhythm.ts';
export { checkTimezone, formatLocal, localDate } from './local-time.ts';
export { TimetableError } from './timetable-error.ts';
