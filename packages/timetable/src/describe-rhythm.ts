import cronstrue from 'cronstrue';
import { readCronFields } from './cron-fields.ts';
import type { Rhythm } from './timetable.ts';

/** The rhythm in English; undefined for a pattern that no sentence describes. */
export function describeRhythm(rhythm: Rhythm): string | undefined {
  if (rhythm.kind === 'interval') return describeInterval(rhythm.everySeconds);
  try {
    // The library knows no `+` and no `?`. Its sentence is right without them.
    if (/\+/.test(rhythm.cron)) return undefined;
    return cronstrue.toString(rhythm.cron.trim().replaceAll('?', '*'), {
      use24HourTimeFormat: true,
      throwExceptionOnParseError: true,
    });
  } catch {
    return undefined;
  }
}

const UNITS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

function describeInterval(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds % size === 0) ?? [1, 'second'];
  const count = seconds / size;
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}

/** What an author may not expect of a pattern. */
export function warnOfRhythm(rhythm: Rhythm): string[] {
  if (rhythm.kind === 'interval' || !restrictsBothDays(rhythm.cron)) return [];
  return [
    'day and weekday are both set: it fires on days that match either; write the weekday with + in front for days that match both',
  ];
}

/** False for a pattern that cannot be read: a stored one may be from another version. */
function restrictsBothDays(cron: string): boolean {
  try {
    return readCronFields(cron).hasBothDays;
  } catch {
    return false;
  }
}
