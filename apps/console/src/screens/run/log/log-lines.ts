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

/** The height of one line of text. A line is as tall as its breaks make it, so no line is measured. */
export const TEXT_PX = 20;

/**
 * The lines of a log that fit a filter, with their places from the top. Lines are only added at the end, so what is known of the
 * earlier ones stays.
 */
export class ShownLines {
  readonly #filter: LogFilter;
  readonly #columns: number | undefined;
  /** The indexes in the log of the lines that fit. */
  readonly indexes: number[] = [];
  /** The places of those that are errors. */
  readonly errors: number[] = [];
  /** The top of each of them, in pixels. */
  readonly #tops: number[] = [];
  #read = 0;
  height = 0;

  /** @param columns After how many columns a text is broken; never, when it is left out. */
  constructor(filter: LogFilter, columns?: number) {
    this.#filter = filter;
    this.#columns = columns;
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
      this.height += countTextLines(line.message, this.#columns) * TEXT_PX;
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

/** How many lines of text a message has, by its line breaks and the columns after which a line is broken. */
export function countTextLines(message: string, columns = Infinity): number {
  let count = 0;
  for (let from = 0; ;) {
    const end = message.indexOf('\n', from);
    const width = columns === Infinity ? 0 : widthOf(message, from, end === -1 ? undefined : end);
    count += Math.max(1, Math.ceil(width / columns));
    if (end === -1) return count;
    from = end + 1;
  }
}

const NARROW = /^[\x20-\x7e]*$/;
/** The signs of scripts that take two columns begin here, and so do emojis. */
const WIDE_FROM = 0x1100;

/** The columns of a part of a text. A sign of another script counts as two, so that a row is never too low. */
function widthOf(text: string, from: number, to: number | undefined): number {
  const part = text.slice(from, to);
  if (NARROW.test(part)) return part.length;
  let width = 0;
  for (const sign of part) width += (sign.codePointAt(0) ?? 0) < WIDE_FROM ? 1 : 2;
  return width;
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
