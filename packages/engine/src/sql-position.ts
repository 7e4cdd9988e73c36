/** A place in a text; both count from 1, columns in code points. */
export interface Place {
  line: number;
  column: number;
}

/** The place of an offset in UTF-16 units. */
export function locate(text: string, offset: number): Place {
  return locator(text)(offset);
}

/** Locates offsets that only grow, each from where the last one was: a long text is read once. */
export function locator(text: string): (offset: number) => Place {
  let line = 1;
  let lineStart = 0;
  return (offset) => {
    for (;;) {
      const end = text.indexOf('\n', lineStart);
      if (end < 0 || end >= offset) break;
      line += 1;
      lineStart = end + 1;
    }
    return { line, column: countCodePoints(text.slice(lineStart, offset)) + 1 };
  };
}

function countCodePoints(text: string): number {
  return Array.from(text).length;
}

/** The UTF-16 offset of a count of UTF-8 bytes, which is how DuckDB's binder counts. */
export function offsetOfBytes(text: string, bytes: number): number {
  return Buffer.from(text, 'utf8').subarray(0, bytes).toString('utf8').length;
}

/** The UTF-16 offset of a count of code points, which is how DuckDB's parser counts. */
export function offsetOfCodePoints(text: string, count: number): number {
  return [...text].slice(0, count).join('').length;
}

/** A place within a statement, seen from the text that the statement is part of. */
export function placeInWhole(inner: Place, start: Place): Place {
  return {
    line: start.line + inner.line - 1,
    column: inner.line === 1 ? start.column + inner.column - 1 : inner.column,
  };
}

/**
 * A place of a text in what scrubbing made of it, line by line: what stands before the first secret of a line or after the
 * last one stays what it was, and a place between is that of the first.
 */
export function placeInScrubbed({ line, column }: Place, text: string, scrubbed: string): Place {
  const before = [...(text.split('\n')[line - 1] ?? '')];
  const after = [...(scrubbed.split('\n')[line - 1] ?? '')];
  const shift = after.length - before.length;
  if (before.slice(column - 1).join('') === after.slice(column - 1 + shift).join('')) {
    return { line, column: column + shift };
  }
  const first = before.findIndex((character, index) => character !== after[index]);
  return { line, column: first < 0 ? column : Math.min(column, first + 1) };
}

const EXCERPT_BEFORE = 60;
const EXCERPT_AFTER = 40;

/** The line of a place with a caret under the column; a long line is cut around it. */
export function caretExcerpt(text: string, place: Place, shownLine: number): string {
  const source = [...(text.split('\n')[place.line - 1] ?? '').replaceAll('\t', ' ')];
  const from = Math.max(0, place.column - 1 - EXCERPT_BEFORE);
  const to = place.column - 1 + EXCERPT_AFTER;
  const before = from > 0 ? '…' : '';
  const after = to < source.length ? '…' : '';
  const label = `LINE ${shownLine}: ${before}`;
  const indent = ' '.repeat(label.length + place.column - 1 - from);
  return `${label}${source.slice(from, to).join('')}${after}\n${indent}^`;
}
