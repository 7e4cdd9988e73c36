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
const LINE_ENDS = /\r\n|\r|\n/g;

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
  const placeOf = placesIn(template);
  const blocks = new BlockDepth(template, pieces);
  return comments.flatMap((comment) => {
    if (comment.kind === 'block') return fromBlock(template, comment, placeOf);
    const found = readSetting(template.slice(comment.start + 2, comment.end));
    if (found === undefined) return [];
    const at = comment.start + 2 + found.at;
    const misplaced = problemOfPlace(comment, { blocks, firstToken });
    const problem = misplaced ?? found.problem;
    return [
      {
        key: found.key,
        value: found.value,
        ...placeOf(at),
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
function fromBlock(
  template: string,
  { start, end }: SqlComment,
  placeOf: (offset: number) => Place,
): Annotation[] {
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
        ...placeOf(at + lead.length + setting.at),
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
  { blocks, firstToken }: { blocks: BlockDepth; firstToken: number },
): string | undefined {
  if (comment.start > firstToken) {
    return 'stands below the beginning of the first statement: a setting must stand above it, on a line of its own';
  }
  const { overlapsTag, depth } = blocks.at(comment);
  if (overlapsTag) {
    return 'a setting is read before the template renders: write its value without {{ }}, {% %} and {# #}';
  }
  if (depth <= 0) return undefined;
  return 'stands inside a block of the template: a setting always applies, so it must stand above the block';
}

/**
 * How many blocks of the template are open at a place. It reads the pieces once: the places must come
 * in order. A template may have tens of thousands of both.
 */
class BlockDepth {
  readonly #template: string;
  readonly #pieces: readonly TemplatePiece[];
  #next = 0;
  #depth = 0;

  constructor(template: string, pieces: readonly TemplatePiece[]) {
    this.#template = template;
    this.#pieces = pieces;
  }

  at({ start, end }: SqlComment): { overlapsTag: boolean; depth: number } {
    // The pieces that end before the comment are behind it for every later comment too.
    let piece = this.#pieces[this.#next];
    while (piece !== undefined && piece.end <= start) {
      this.#depth += this.#change(piece);
      this.#next += 1;
      piece = this.#pieces[this.#next];
    }
    let depth = this.#depth;
    let overlapsTag = false;
    for (let index = this.#next; piece !== undefined && piece.start < end; index += 1) {
      if (piece.kind !== 'text') overlapsTag = true;
      if (piece.start <= start) depth += this.#change(piece);
      piece = this.#pieces[index + 1];
    }
    return { overlapsTag, depth };
  }

  #change({ kind, start, end }: TemplatePiece): -1 | 0 | 1 {
    if (kind !== 'statement') return 0;
    const inside = this.#template.slice(start + 2, end - 2).replace(/^[-+]/, '');
    if (BLOCK_STARTS.test(inside)) return 1;
    return BLOCK_ENDS.test(inside) ? -1 : 0;
  }
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

interface Place {
  line: number;
  column: number;
}

/**
 * Finds the line and the column of an offset. It splits lines as an editor does, also at a lone
 * carriage return, and only once: a text may have a setting on each of its lines.
 */
function placesIn(text: string): (offset: number) => Place {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= [0, ...[...text.matchAll(LINE_ENDS)].map(({ 0: end, index }) => index + end.length)];
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle;
    }
    const before = text.slice(starts[low], offset).replace(/^\uFEFF/, '');
    return { line: low + 1, column: [...before].length + 1 };
  };
}
