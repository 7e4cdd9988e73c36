import type { RunEvent } from '@rat/client';
import type { LogLevel } from '@rat/domain';

/** A line as the stream has it. */
export type LogLine = Extract<RunEvent, { event: 'log' }>['data'];

/** What a log is filtered by; every part that is set must fit. */
export interface LogFilter {
  level: LogLevel | undefined;
  phase: string | undefined;
  attempt: number | undefined;
}

/** From the least to the most important. */
export const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function fits(line: LogLine, { level, phase, attempt }: LogFilter): boolean {
  if (level !== undefined && LEVELS.indexOf(line.level) < LEVELS.indexOf(level)) return false;
  if (phase !== undefined && line.phase !== phase) return false;
  return attempt === undefined || line.attempt === attempt;
}

/** The height of one line of text. A line is as tall as its line breaks make it, so nothing is measured. */
export const TEXT_PX = 20;

/**
 * The lines of a log that fit a filter, with their places from the top. Lines are only added at the end, so what is known of the
 * earlier ones stays.
 */
export class ShownLines {
  readonly #filter: LogFilter;
  /** The indexes in the log of the lines that fit. */
  readonly indexes: number[] = [];
  /** The places of those that are errors. */
  readonly errors: number[] = [];
  /** The top of each of them, in pixels. */
  readonly #tops: number[] = [];
  #read = 0;
  height = 0;

  constructor(filter: LogFilter) {
    this.#filter = filter;
  }

  get length(): number {
    return this.indexes.length;
  }

  /** Takes the lines that are new. */
  read(lines: readonly LogLine[]): void {
    for (; this.#read < lines.length; this.#read += 1) {
      const line = lines[this.#read];
      if (line === undefined || !fits(line, this.#filter)) continue;
      if (line.level === 'error') this.errors.push(this.indexes.length);
      this.indexes.push(this.#read);
      this.#tops.push(this.height);
      this.height += countTextLines(line.message) * TEXT_PX;
    }
  }

  topOf(place: number): number {
    return this.#tops[place] ?? this.height;
  }

  /** The place of the line that covers `px`. */
  placeAt(px: number): number {
    return findLast(this.#tops, px);
  }

  /** The place of the first line at or after an index of the log. */
  placeOf(index: number): number {
    const before = findLast(this.indexes, index);
    return (this.indexes[before] ?? 0) < index ? before + 1 : before;
  }
}

export function countTextLines(message: string): number {
  let count = 1;
  for (let at = message.indexOf('\n'); at !== -1; at = message.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** The place of the last value that is not greater than `wanted`; 0 when there is none. */
function findLast(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? Infinity) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
