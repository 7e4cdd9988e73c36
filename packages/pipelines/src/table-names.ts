import { formatRef, isReservedNamespace, LAYERS, parseRef, type PipelineRef } from '@rat/domain';
import { scanSql, type SqlToken } from './scan-comments.ts';
import type { SourcePlace } from './source-map.ts';
import { splitTemplate } from './split-template.ts';

/** A template whose table names are replaced. */
export interface NamedTables {
  template: string;
  /** The tables that were named, with the text that reads each. */
  tables: { ref: PipelineRef; relation: string }[];
  /** Maps a place in the replaced template to the author's. */
  placeInAuthors: (place: SourcePlace) => SourcePlace;
}

interface Named {
  ref: PipelineRef;
  start: number;
  end: number;
  /** Whether it follows FROM or JOIN. */
  isRead: boolean;
}

/** A replaced name: its line, and its columns in the replaced template and in the author's. */
interface Shift {
  line: number;
  column: number;
  length: number;
  writtenLength: number;
}

/** Whether there may be a name at all. */
const A_LAYER = new RegExp(`\\."?(?:${LAYERS.join('|')})"?\\.`, 'i');

/** Functions whose arguments are separated by the word FROM. */
const CALLED_WITH_FROM: ReadonlySet<string> = new Set(['extract', 'overlay', 'substring', 'trim']);

const UNQUOTED = /^"?([^"]*)"?$/;

/**
 * Replaces the table names that an author wrote as `namespace.layer.name`, as a query has them, by
 * what `ref()` would render. Such a name begins behind FROM or JOIN; then it is replaced wherever it
 * stands, because columns may be written with it. Only code is looked at, not texts and comments.
 *
 * @example
 * replaceTableNames('SELECT * FROM default.silver.orders', (name) => `"${name}"`).template;
 * // SELECT * FROM "default.silver.orders"
 */
export function replaceTableNames(
  template: string,
  relation: (name: string) => string,
): NamedTables {
  const named = A_LAYER.test(template) ? findNames(template) : [];
  const read = new Map(
    named.filter(({ isRead }) => isRead).map(({ ref }) => [formatRef(ref), ref]),
  );
  let replaced = '';
  let copied = 0;
  let line = 1;
  let column = 1;
  const shifts: Shift[] = [];
  for (const { ref, start, end } of named) {
    if (!read.has(formatRef(ref))) continue;
    const text = relation(formatRef(ref));
    const before = template.slice(copied, start).split('\n');
    if (before.length > 1) column = 1;
    line += before.length - 1;
    column += codePoints(before.at(-1) ?? '');
    shifts.push({ line, column, length: codePoints(text), writtenLength: end - start });
    column += codePoints(text);
    replaced += template.slice(copied, start) + text;
    copied = end;
  }
  return {
    template: replaced + template.slice(copied),
    tables: [...read].map(([name, ref]) => ({ ref, relation: relation(name) })),
    placeInAuthors: (place) => shiftBack(place, shifts),
  };
}

function codePoints(text: string): number {
  return Array.from(text).length;
}

function findNames(template: string): Named[] {
  const tokens = scanSql(withoutTags(template)).tokens;
  const text = (token: SqlToken | undefined): string =>
    token === undefined ? '' : template.slice(token.start, token.end);
  const word = (index: number): string => text(tokens[index]).toLowerCase();
  /** The words before the parentheses that are open. */
  const callers: string[] = [];
  return tokens.flatMap((first, index): Named[] => {
    if (word(index) === '(') callers.push(word(index - 1));
    else if (word(index) === ')') callers.pop();
    if (word(index - 1) === '.') return [];
    const parts = tokens.slice(index, index + 5);
    const last = parts[4];
    // Without blanks within, so that a name is on one line.
    const isOneName = parts.every(
      ({ kind, end }, i) =>
        (i % 2 === 0 ? kind === 'word' || kind === 'name' : template[end - 1] === '.') &&
        (i === 4 || parts[i + 1]?.start === end),
    );
    if (last === undefined || !isOneName) return [];
    const words = [0, 2, 4].map((i) => UNQUOTED.exec(text(parts[i]))?.[1]?.toLowerCase() ?? '');
    const ref = parseRef(words.join('.'), '');
    if (ref === undefined || isReservedNamespace(ref.namespace)) return [];
    const isRead =
      word(index - 1) === 'join' ||
      // Not the FROM of `a IS DISTINCT FROM b` and of `extract(year FROM a)`.
      (word(index - 1) === 'from' &&
        word(index - 2) !== 'distinct' &&
        !CALLED_WITH_FROM.has(callers.at(-1) ?? ''));
    return [{ ref, start: first.start, end: last.end, isRead }];
  });
}

/** The template with blanks in place of its tags; what an expression renders is a word. */
function withoutTags(template: string): string {
  return splitTemplate(template)
    .map(({ kind, start, end }) => {
      const piece = template.slice(start, end);
      if (kind === 'text') return piece;
      return piece.replace(/[^]/g, kind === 'expression' ? '_' : ' ');
    })
    .join('');
}

function shiftBack(place: SourcePlace, shifts: readonly Shift[]): SourcePlace {
  let { column } = place;
  for (const shift of shifts) {
    if (shift.line !== place.line || shift.column >= place.column) continue;
    const isWithin = place.column < shift.column + shift.length;
    // A place within a replaced name becomes that of its beginning.
    column += isWithin ? shift.column - place.column : shift.writtenLength - shift.length;
  }
  return { line: place.line, column };
}
