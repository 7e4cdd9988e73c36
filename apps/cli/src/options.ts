import { InvalidArgumentError } from 'commander';

/** Parses an option that is a whole number of at least `min`. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= min) return number;
    throw new InvalidArgumentError(`it must be a whole number of at least ${min}`);
  };
}

/** Collects words of a list, given one by one or with commas between them. */
export function wordsOf<Word extends string>(
  all: readonly Word[],
): (text: string, before?: Word[]) => Word[] {
  return (text, before = []) => {
    const words = text.split(',').map((word) => {
      const found = all.find((one) => one === word.trim());
      if (found !== undefined) return found;
      throw new InvalidArgumentError(`it must be one or several of ${all.join(', ')}`);
    });
    return [...before, ...words];
  };
}

/** Collects `name=value` pairs of an option that may be given several times; a value that is JSON is what it means. */
export function pair(text: string, before: Record<string, unknown> = {}): Record<string, unknown> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('it must be name=value');
  const value = text.slice(at + 1);
  return { ...before, [text.slice(0, at)]: parseValue(value) };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Parses a time: ISO 8601, or so long ago, such as `-24h`, `-7d` or `-30m`. */
export function time(text: string): Date {
  const [, count, unit] = /^-(\d+)([smhd])$/.exec(text) ?? [];
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit ?? ''];
  if (unitMs !== undefined) return new Date(Date.now() - Number(count) * unitMs);
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError('it must be a time such as 2026-02-12T14:00:00Z, or -24h');
}

/** The time that a run is about, as the API reads it. */
export interface Interval {
  start: string;
  end: string;
  logical_date?: string;
}

/** Parses two times with a slash between them. The logical date is that of the start as it is written, in its zone. */
export function interval(text: string): Interval {
  const [start = '', end, more] = text.split('/');
  if (end === undefined || more !== undefined)
    throw new InvalidArgumentError(
      'it must be start/end, such as 2026-02-12T00:00:00Z/2026-02-13T00:00:00Z',
    );
  const [date] = /^\d{4}-\d{2}-\d{2}/.exec(start) ?? [];
  return {
    start: time(start).toISOString(),
    end: time(end).toISOString(),
    ...(date === undefined ? {} : { logical_date: date }),
  };
}

/** Parses the name of a profile. */
export function profileName(text: string): string {
  if (/^[a-z\d][\w.-]{0,63}$/i.test(text)) return text;
  throw new InvalidArgumentError(
    'it must be a short name of letters and digits, such as production',
  );
}
