/** A position in a text; both count from 1, columns in code points. */
export interface Place {
  line: number;
  column: number;
}

/** The position of an offset in UTF-16 units. */
export function locate(text: string, offset: number): Place {
  return locator(text)(offset);
}

/** Locates increasing offsets, each from the previous one: a long text is read once. */
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

/** The UTF-16 offset of a number of UTF-8 bytes, the unit of DuckDB's binder. */
export function offsetOfBytes(text: string, bytes: number): number {
  return Buffer.from(text, 'utf8').subarray(0, bytes).toString('utf8').length;
}

/** The UTF-16 offset of a number of code points, the unit of DuckDB's parser. */
export function offsetOfCodePoints(text: string, count: number): number {
  return [...text].slice(0, count).join('').length;
}

/** Converts a position within a statement to one in the text that contains the statement. */
export function placeInWhole(inner: Place, start: Place): Place {
  return {
    line: start.line + inner.line - 1,
    column: inner.line === 1 ? start.column + inner.column - 1 : inner.column,
  };
}

/**
 * Converts a position to the scrubbed text, line by line. Text before the first secret of a line
 * and after its last one is unchanged; a position between them becomes that of the first secret.
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

/** The line of a position, with a caret under the column; a long line is cut around it. */
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
