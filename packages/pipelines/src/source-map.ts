import { TemplateError } from './template-error.ts';
import { splitTemplate, type TemplatePiece } from './split-template.ts';

/** A position in a text. Both count from 1, columns in code points. */
export interface SourcePlace {
  line: number;
  column: number;
}

/*
 * Maps positions in rendered SQL to the template. minijinja does not record the source of its
 * output. So the template is rendered again with marks: each mark carries the offset, in the
 * author's source, of the text that follows it. Without its marks, that output must equal the SQL;
 * otherwise the marks changed the template's behaviour, and the result is discarded.
 *
 * Marks are code points of a private plane, which no filter changes and SQL does not need.
 */
const COPIED = '\u{F0000}';
const WRITTEN = '\u{F0001}';
const END = '\u{F0002}';
const DIGITS = 0xf0010;
const MARK = /([\u{F0000}\u{F0001}])([\u{F0010}-\u{F0019}]+)\u{F0002}/gu;
const ANY_MARK = /[\u{F0000}-\u{F0019}]/u;

const BLANKS_BEFORE = /^\p{White_Space}+/u;
const BLANKS_AFTER = /\p{White_Space}+$/u;

/**
 * Blocks that capture their output, which the template may inspect: a mark could change its
 * behaviour.
 */
const CAPTURES = /^\s*(?:macro|call|filter)\b|^\s*set\b(?![^]*=)/u;
const CAPTURE_ENDS = /^\s*(?:endmacro|endcall|endfilter|endset)\b/u;

/**
 * From `output` on, the SQL is a copy of the source from `source` on, or the output of the tag
 * there.
 */
interface Segment {
  output: number;
  source: number;
  isCopy: boolean;
}

/**
 * The position in `template` of a position in its rendered SQL. `render` must render a changed
 * template in the same way as the SQL. The output of a tag has the position of the tag. Undefined
 * when the position cannot be determined.
 */
export function placeInSource(
  place: SourcePlace,
  rendered: { template: string; sql: string; render: (template: string) => string },
): SourcePlace | undefined {
  const { template, sql, render } = rendered;
  if (ANY_MARK.test(template)) return undefined;
  const pieces = splitTemplate(template);
  const offset = offsetOf(sql, place);
  for (const marksCaptures of [true, false]) {
    const segments = readMarks(
      tryRender(render, markTemplate(template, pieces, marksCaptures)),
      sql,
    );
    if (segments === undefined) continue;
    // Of several segments at one offset, only the last one is not empty.
    const segment = segments.findLast(({ output }) => output <= offset);
    if (segment === undefined) return undefined;
    const ahead = segment.isCopy ? offset - segment.output : 0;
    return placeOf(template, Math.min(template.length, segment.source + ahead));
  }
  return undefined;
}

/** Renders the marked template. It may fail although the original compiled: it is longer. */
function tryRender(render: (template: string) => string, marked: string): string {
  try {
    return render(marked);
  } catch (error) {
    if (error instanceof TemplateError) return '';
    throw error;
  }
}

/** Adds a mark before all output of the template. Blanks that a tag trims stay beside that tag. */
function markTemplate(
  template: string,
  pieces: readonly TemplatePiece[],
  marksCaptures: boolean,
): string {
  let captures = 0;
  const parts = pieces.map((piece, index) => {
    const source = template.slice(piece.start, piece.end);
    if (piece.kind === 'statement') {
      const inside = source.slice(2, -2).replace(/^[-+]/, '');
      if (CAPTURES.test(inside)) captures += 1;
      else if (CAPTURE_ENDS.test(inside)) captures -= 1;
    }
    const isMarked = captures === 0 || marksCaptures;
    if (piece.kind !== 'text') {
      // A mark goes before the tag when no adjacent text can carry it.
      const isFree = isMarked && piece.kind === 'expression' && pieces[index - 1]?.kind !== 'text';
      return isFree ? mark(WRITTEN, piece.start) + source : source;
    }
    const cut = {
      before: pieces[index - 1]?.trims.after ?? false,
      after: pieces[index + 1]?.trims.before ?? false,
    };
    const next = pieces[index + 1];
    const behind = isMarked && next?.kind === 'expression' ? mark(WRITTEN, next.start) : '';
    return markText(source, piece.start, { cut, isMarked, behind });
  });
  return parts.join('');
}

function markText(
  source: string,
  start: number,
  { cut, isMarked, behind }: { cut: TemplatePiece['trims']; isMarked: boolean; behind: string },
): string {
  const lead = cut.before ? (BLANKS_BEFORE.exec(source)?.[0] ?? '') : '';
  const rest = source.slice(lead.length);
  const trail = cut.after ? (BLANKS_AFTER.exec(rest)?.[0] ?? '') : '';
  const core = rest.slice(0, rest.length - trail.length);
  if (core === '' || !isMarked) return lead + core + behind + trail;
  let at = start + lead.length;
  // A filter may change the text between two marks, so each line has its own mark.
  const lines = core.split(/(?<=\n)/).map((line) => {
    const marked = mark(COPIED, at) + line;
    at += line.length;
    return marked;
  });
  return lead + lines.join('') + behind + trail;
}

function mark(kind: string, offset: number): string {
  const digits = [...String(offset)].map((digit) => String.fromCodePoint(DIGITS + Number(digit)));
  return kind + digits.join('') + END;
}

/** Undefined when the output without its marks differs from the SQL. */
function readMarks(output: string, sql: string): Segment[] | undefined {
  const segments: Segment[] = [];
  let marks = 0;
  for (const { 0: whole, 1: kind, 2: digits = '', index } of output.matchAll(MARK)) {
    const number = [...digits].map((digit) => (digit.codePointAt(0) ?? 0) - DIGITS).join('');
    segments.push({ output: index - marks, source: Number(number), isCopy: kind === COPIED });
    marks += whole.length;
  }
  return output.replaceAll(MARK, '') === sql ? segments : undefined;
}

/** The offset of a position, in UTF-16 units. */
function offsetOf(text: string, { line, column }: SourcePlace): number {
  let start = 0;
  for (let passed = 1; passed < line; passed += 1) {
    const end = text.indexOf('\n', start);
    if (end < 0) break;
    start = end + 1;
  }
  const [before = ''] = text.slice(start).split('\n', 1);
  return start + [...before].slice(0, column - 1).join('').length;
}

/** The place of an offset in UTF-16 units. */
export function placeOf(text: string, offset: number): SourcePlace {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 };
}
