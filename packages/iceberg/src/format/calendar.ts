/**
 * Converts days and microseconds to and from DuckDB's text, by integer arithmetic. Date cannot: it
 * ends in the year 275760 and counts milliseconds, and a table's timestamps do neither.
 */

const MICROS_PER_DAY = 86_400_000_000n;
const DAYS_PER_ERA = 146_097;

/**
 * Days since 1970-01-01 of a date such as `1969-12-31` or `0044-03-15 (BC)`; undefined for
 * `infinity` and for other text.
 */
export function daysFromText(text: string): number | undefined {
  const match = /^(\d+)-(\d\d)-(\d\d)( \(BC\))?$/.exec(text.trim());
  if (match === null) return undefined;
  const year = match[4] === undefined ? Number(match[1]) : 1 - Number(match[1]);
  const month = Number(match[2]);
  // A year that begins in March ends with the leap day, so days are a plain sum.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + Number(match[3]) - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - 719_468;
}

/** The inverse of `daysFromText`. */
export function textFromDays(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const shown = year > 0 ? year : 1 - year;
  return `${pad(shown, 4)}-${pad(month)}-${pad(day)}${year > 0 ? '' : ' (BC)'}`;
}

/** Microseconds since midnight of `HH:MM:SS[.ffffff]`; undefined for other text. */
export function timeMicrosFromText(text: string): bigint | undefined {
  const match = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text.trim());
  if (match === null) return undefined;
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
  return BigInt(seconds) * 1_000_000n + BigInt((match[4] ?? '').padEnd(6, '0'));
}

/** The inverse of `timeMicrosFromText`. */
export function textFromTimeMicros(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  const fraction = micros % 1_000_000n;
  const clock = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return fraction === 0n ? clock : `${clock}.${pad(fraction, 6).replace(/0+$/, '')}`;
}

/**
 * Microseconds since 1970-01-01 00:00 of a timestamp, with or without an offset from UTC; undefined
 * for `infinity` and for other text.
 */
export function microsFromText(text: string): bigint | undefined {
  const match =
    /^(\d+-\d\d-\d\d)( \(BC\))?(?:[ T]([\d:.]+))?( \(BC\))?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/.exec(
      text.trim(),
    );
  if (match === null) return undefined;
  const days = daysFromText(`${match[1]}${match[2] ?? match[4] ?? ''}`);
  const time = timeMicrosFromText(match[3] ?? '00:00:00');
  if (days === undefined || time === undefined) return undefined;
  const offsetMinutes = Number(match[6] ?? 0) * 60 + Number(match[7] ?? 0);
  const offset = BigInt(match[5] === '-' ? -offsetMinutes : offsetMinutes) * 60_000_000n;
  return BigInt(days) * MICROS_PER_DAY + time - offset;
}

/** The inverse of `microsFromText`, without an offset. */
export function textFromMicros(micros: bigint): string {
  // BigInt division truncates towards zero, but days before 1970 need rounding down.
  let days = micros / MICROS_PER_DAY;
  if (micros < days * MICROS_PER_DAY) days -= 1n;
  const date = textFromDays(Number(days));
  const time = textFromTimeMicros(micros - days * MICROS_PER_DAY);
  return date.endsWith(' (BC)') ? `${date.slice(0, -5)} (BC) ${time}` : `${date} ${time}`;
}

function pad(value: number | bigint, digits = 2): string {
  return String(value).padStart(digits, '0');
}
