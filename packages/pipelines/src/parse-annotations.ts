import { scanComments, type SqlComment } from './scan-comments.ts';
import { splitTemplate, type TemplatePiece } from './split-template.ts';

/**
 * A setting in a comment, `-- @key: value`, or a similar text. `line` and `column` (of the `@`)
 * count from 1.
 */
export interface Annotation {
  key: string;
  /** Undefined when the colon is missing: an ordinary comment, or a mistake. */
  value: string | undefined;
  line: number;
  column: number;
  /** Why the setting cannot be applied, judged by its form and its position. */
  problem?: string;
  /** The form is only similar to a setting: it counts as one when its key is known, or nearly. */
  isLoose?: boolean;
}

const SIGNS = ':：﹕꞉∶=＝';
/**
 * After the dashes: an at sign, a key, perhaps a sign that ends it. Invisible characters are
 * skipped.
 */
const SETTING = new RegExp(
  `^(?<lead>[\\s\\p{Cf}]*)(?<at>[@＠﹫])(?<gap>[\\s\\p{Cf}]*)(?<key>[^\\s${SIGNS}]+)\\s*(?<sign>[${SIGNS}]?)(?<rest>.*)$`,
  'su',
);
const LINE_ENDS = /\r\n|\r|\n/;

const BLOCK_STARTS =
  /^\s*(?:if|for|macro|call|filter|with|autoescape|block|raw)\b|^\s*set\b(?![^]*=)/u;
const BLOCK_ENDS = /^\s*end[a-z]+\b/u;

/**
 * Finds the settings of an SQL template: every line comment with a setting, outside of texts, block
 * comments and template comments. One above the first statement is applied; any other has a
 * `problem`. Keys are not checked here.
 */
export function parseAnnotations(template: string): Annotation[] {
  const pieces = splitTemplate(template);
  const { comments, firstToken } = scanComments(maskTags(template, pieces));
  return comments.flatMap((comment) => {
    if (comment.kind === 'block') return fromBlock(template, comment);
    const found = readSetting(template.slice(comment.start + 2, comment.end));
    if (found === undefined) return [];
    const at = comment.start + 2 + found.at;
    const misplaced = problemOfPlace(comment, { pieces, template, firstToken });
    const problem = misplaced ?? found.problem;
    return [
      {
        key: found.key,
        value: found.value,
        ...placeOfLine(template, at),
        ...(problem === undefined ? {} : { problem }),
        ...(found.isLoose ? { isLoose: true } : {}),
      },
    ];
  });
}

/** The settings that rendered SQL contains, with the text of their comments. */
export function settingsOf(sql: string): (Omit<Found, 'at'> & { text: string })[] {
  return scanComments(sql).comments.flatMap(({ kind, start, end }) => {
    const found = kind === 'line' ? readSetting(sql.slice(start + 2, end)) : undefined;
    const text = sql.slice(start, end).trim();
    return found === undefined ? [] : [{ ...found, text }];
  });
}

interface Found extends Pick<Annotation, 'key' | 'value' | 'problem'> {
  isLoose: boolean;
  /** The offset of the at sign. */
  at: number;
}

function readSetting(comment: string): Found | undefined {
  const dashes = /^-*/.exec(comment)?.[0] ?? '';
  const groups = SETTING.exec(comment.slice(dashes.length))?.groups;
  if (groups === undefined) return undefined;
  const { lead = '', at = '', gap = '', key = '', sign = '', rest = '' } = groups;
  const isPlain = dashes === '' && at === '@' && gap === '' && !/\p{Cf}/u.test(lead);
  const isSetting = isPlain && sign === ':';
  const asWritten = `write it as \`-- @${key}: value\``;
  return {
    key,
    value: sign === ':' ? rest.trim() : undefined,
    at: dashes.length + lead.length,
    isLoose: !isSetting && !(at === '@' && gap === '' && sign !== ''),
    ...(isSetting || (isPlain && sign === '') ? {} : { problem: asWritten }),
  };
}

/**
 * Finds text in a block comment that looks like a setting; it is refused, because it has no effect.
 */
function fromBlock(template: string, { start, end }: SqlComment): Annotation[] {
  const found: Annotation[] = [];
  let at = start;
  for (const line of template.slice(start, end).split(/(?<=\n)|(?<=\r)(?!\n)/)) {
    const lead = /^\s*(?:\/?\*+)?/.exec(line)?.[0] ?? '';
    const setting = readSetting(line.slice(lead.length).replace(/\s*\*\/\s*$/, ''));
    if (
      setting !== undefined &&
      setting.at === (/^\s*/.exec(line.slice(lead.length))?.[0].length ?? 0)
    ) {
      found.push({
        key: setting.key,
        value: setting.value,
        ...placeOfLine(template, at + lead.length + setting.at),
        problem: `stands in a block comment: write it as \`-- @${setting.key}: value\`, above the first statement`,
        isLoose: true,
      });
    }
    at += line.length;
  }
  return found;
}

function problemOfPlace(
  comment: SqlComment,
  where: { pieces: readonly TemplatePiece[]; template: string; firstToken: number },
): string | undefined {
  const { pieces, template, firstToken } = where;
  if (comment.start > firstToken) {
    return 'stands below the beginning of the first statement: a setting must stand above it, on a line of its own';
  }
  const isOfTemplate = ({ kind, start, end }: TemplatePiece): boolean =>
    kind !== 'text' && start < comment.end && end > comment.start;
  if (pieces.some(isOfTemplate)) {
    return 'a setting is read before the template renders: write its value without {{ }}, {% %} and {# #}';
  }
  let depth = 0;
  for (const { kind, start, end } of pieces) {
    if (start > comment.start) break;
    if (kind !== 'statement') continue;
    const inside = template.slice(start + 2, end - 2).replace(/^[-+]/, '');
    if (BLOCK_STARTS.test(inside)) depth += 1;
    else if (BLOCK_ENDS.test(inside)) depth -= 1;
  }
  if (depth <= 0) return undefined;
  return 'stands inside a block of the template: a setting always applies, so it must stand above the block';
}

/** Masks the tags, keeping all offsets: an expression becomes a word, any other tag blanks. */
function maskTags(template: string, pieces: readonly TemplatePiece[]): string {
  const masked = pieces.map(({ kind, start, end }) => {
    const source = template.slice(start, end);
    if (kind === 'text') return source;
    return source.replaceAll(/[^\r\n]/g, kind === 'expression' ? 'x' : ' ');
  });
  return masked.join('');
}

/** Splits lines as an editor does, also at a lone carriage return. */
function placeOfLine(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split(LINE_ENDS);
  return {
    line: lines.length,
    column: [...(lines.at(-1) ?? '').replace(/^\uFEFF/, '')].length + 1,
  };
}
