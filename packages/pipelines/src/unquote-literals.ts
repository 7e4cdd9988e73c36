import { placeOf } from './source-map.ts';
import { insideOf, splitTemplate, type TemplatePiece } from './split-template.ts';
import { TemplateError } from './template-error.ts';

/** A tag that renders SQL with quotes of its own: within a text it would end that text. */
const RENDERS_SQL =
  /^\s*(?:(?:landing_zone|param)\s*\(|(?:watermark_value|interval_start|interval_end|run_logical_date)\s*(?:$|~|or\b|\|))/u;
/** A tag that is nothing but the call or the variable. */
const ALONE =
  /^\s*(?:(?:landing_zone|param)\s*\([^()]*\)|watermark_value|interval_start|interval_end|run_logical_date)\s*$/u;
/** A type before a text makes both together one literal. */
const TYPE_BEFORE = /(?<![\w$.])(?:date|timestamp|timestamptz|datetime|time|interval|e)\s*$/iu;

/** Where the scan is: in SQL, in a text or name, or in a comment. */
type Mode = 'code' | "'" | '"' | 'line' | 'block';

/**
 * Removes the quotes of `'{{ landing_zone("x") }}'` and `'{{ watermark_value }}'`, which authors of
 * other platforms write: here both tags render SQL, not text. Blanks replace the quotes, so every
 * position stays the same. Throws TemplateError, with the fix, when such a tag is only a part of a
 * text.
 *
 * @example
 * unquoteLiterals(`read_csv('{{ landing_zone("x") }}')`); // read_csv( {{ landing_zone("x") }} )
 */
export function unquoteLiterals(template: string): string {
  if (!/landing_zone|watermark_value|interval_|run_logical_date|param/.test(template))
    return template;
  const blanked: number[] = [];
  let mode: Mode = 'code';
  /** Where the open text began. */
  let opened = 0;
  /** A block tag within a text may hide a quote, so the mode is a guess from there on. */
  let isCertain = true;
  let skipTo = 0;
  for (const piece of splitTemplate(template)) {
    if (piece.kind === 'text') {
      const scanned = scan(template, Math.max(piece.start, skipTo), piece.end, { mode, opened });
      ({ mode, opened } = scanned);
      continue;
    }
    const isText = mode === "'" || mode === '"';
    if (piece.kind === 'statement' && isText) isCertain = false;
    if (piece.kind !== 'expression' || !isText) continue;
    const inside = insideOf(template, piece);
    if (!RENDERS_SQL.test(inside)) continue;
    if (ALONE.test(inside) && fillsText(template, piece, { mode, opened })) {
      blanked.push(opened, piece.end);
      mode = 'code';
      skipTo = piece.end + 1;
    } else if (isCertain) {
      throw withinText(template, piece, inside);
    }
  }
  let unquoted = template;
  for (const at of blanked) unquoted = `${unquoted.slice(0, at)} ${unquoted.slice(at + 1)}`;
  return unquoted;
}

/** Whether the text consists of this tag only, and no type stands before it. */
function fillsText(
  template: string,
  { start, end }: TemplatePiece,
  { mode, opened }: { mode: Mode; opened: number },
): boolean {
  return (
    mode === "'" &&
    opened === start - 1 &&
    template[end] === "'" &&
    template[end + 1] !== "'" &&
    !TYPE_BEFORE.test(template.slice(Math.max(0, opened - 20), opened))
  );
}

function withinText(template: string, piece: TemplatePiece, inside: string): TemplateError {
  const isZone = inside.trimStart().startsWith('landing_zone');
  const message = isZone
    ? 'landing_zone() is a list of files, not text: it cannot be a part of a text'
    : `${variableOf(inside)} is a literal of ${isWatermark(inside) ? 'its column’s' : 'its own'} type, not text: it cannot be a part of a text`;
  const fix = isZone
    ? `write {{${inside}}} without quotes, and nothing beside it: read_csv({{${inside}}})`
    : `write {{${inside}}} without quotes and without a type before it`;
  return new TemplateError(`${message}; ${fix}`, { ...placeOf(template, piece.start), fix });
}

function variableOf(inside: string): string {
  return /\w+/.exec(inside)?.[0] ?? '';
}

function isWatermark(inside: string): boolean {
  return variableOf(inside) === 'watermark_value';
}

/** Reads SQL from `start` to `end`, beginning in a mode; returns the mode behind it. */
function scan(
  text: string,
  start: number,
  end: number,
  before: { mode: Mode; opened: number },
): { mode: Mode; opened: number } {
  let { mode, opened } = before;
  for (let at = start; at < end; at += 1) {
    const two = text.slice(at, at + 2);
    const one = text[at] ?? '';
    if (mode === 'line') {
      if (one === '\n' || one === '\r') mode = 'code';
    } else if (mode === 'block') {
      if (two === '*/') {
        mode = 'code';
        at += 1;
      }
    } else if (mode === 'code') {
      if (two === '--') mode = 'line';
      else if (two === '/*') {
        mode = 'block';
        at += 1;
      } else if (one === "'" || one === '"') {
        mode = one;
        opened = at;
      }
    } else if (one === mode) {
      // A doubled quote closes the text and opens it again, which is as good as skipping it.
      if (text[at + 1] === mode) at += 1;
      else mode = 'code';
    }
  }
  return { mode, opened };
}
