/** A part of a template's source. `start` and `end` are offsets into it, in UTF-16 units. */
export interface TemplatePiece {
  /** `text` is copied to the output unchanged; the text of a `{% raw %}` block is text too. */
  kind: 'text' | 'expression' | 'statement' | 'comment';
  start: number;
  end: number;
  /** Whether the tag trims the blanks before it (`{{-`) or after it (`-}}`). */
  trims: { before: boolean; after: boolean };
}

const OPENERS = { '{{': 'expression', '{%': 'statement', '{#': 'comment' } as const;
const CLOSERS = { expression: '}}', statement: '%}', comment: '#}' } as const;

const RAW = /\{%[-+]?\s*raw\s*[-+]?%\}/uy;
const END_RAW = /\{%[-+]?\s*endraw\s*[-+]?%\}/gu;
const NO_TRIMS = { before: false, after: false };

/**
 * Splits a template at the same positions as minijinja; the pieces are contiguous. It does not
 * validate: an unclosed tag becomes a piece up to the end of the source, which minijinja refuses.
 */
export function splitTemplate(source: string): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  const addText = (start: number, end: number): void => {
    if (end > start) pieces.push({ kind: 'text', start, end, trims: NO_TRIMS });
  };
  const addTag = (kind: TemplatePiece['kind'], start: number, end: number): void => {
    const closer = end - 3;
    const trims = {
      before: source[start + 2] === '-',
      after: closer > start + 1 && source[closer] === '-',
    };
    pieces.push({ kind, start, end, trims });
  };
  let textStart = 0;
  let at = 0;
  while (at < source.length) {
    at = source.indexOf('{', at);
    if (at < 0) break;
    const kind = kindAt(source, at);
    if (kind === undefined) {
      at += 1;
      continue;
    }
    addText(textStart, at);
    const rawEnd = matchAt(RAW, source, at);
    const end = rawEnd ?? endOfTag(source, at + 2, kind);
    addTag(kind, at, end);
    at = end;
    if (rawEnd !== undefined) {
      END_RAW.lastIndex = rawEnd;
      const closing = END_RAW.exec(source);
      const closingStart = closing?.index ?? source.length;
      addText(rawEnd, closingStart);
      at = closing ? END_RAW.lastIndex : source.length;
      if (closing) addTag('statement', closingStart, at);
    }
    textStart = at;
  }
  addText(textStart, source.length);
  return pieces;
}

/** The text between the brackets of a tag, without its trim signs. */
export function insideOf(source: string, { start, end }: TemplatePiece): string {
  return source
    .slice(start + 2, end - 2)
    .replace(/^[-+]/, '')
    .replace(/[-+]$/, '');
}

function kindAt(source: string, at: number): Exclude<TemplatePiece['kind'], 'text'> | undefined {
  const two = source.slice(at, at + 2);
  return two === '{{' || two === '{%' || two === '{#' ? OPENERS[two] : undefined;
}

/** Skips literals and brackets within a tag, which may contain its end sign. */
function endOfTag(source: string, from: number, kind: keyof typeof CLOSERS): number {
  const closer = CLOSERS[kind];
  if (kind === 'comment') {
    const end = source.indexOf(closer, from);
    return end < 0 ? source.length : end + 2;
  }
  let depth = 0;
  for (let at = from; at < source.length; at += 1) {
    const character = source[at] ?? '';
    if (depth === 0 && source.startsWith(closer, at)) return at + 2;
    if (character === '"' || character === "'") at = endOfText(source, at, character);
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
  }
  return source.length;
}

/** The offset of the closing quote. */
function endOfText(source: string, start: number, quote: string): number {
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === quote) return at;
  }
  return source.length;
}

function matchAt(pattern: RegExp, source: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}
