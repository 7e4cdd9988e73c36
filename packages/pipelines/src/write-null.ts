import { insideOf, splitTemplate, type TemplatePiece } from './split-template.ts';

/*
 * Makes `watermark_value` render as NULL on a first run. There it is none, so that
 * `{% if watermark_value %}` is false. minijinja renders none as `none` and has no hook to change
 * that, but SQL needs NULL. So the template's tags are rewritten.
 */
const WATERMARK = String.raw`(?<![\w.'"])watermark_value(?![\w'"(])`;
const MENTIONS = new RegExp(WATERMARK);
/** Concatenation and filters turn none into text before a tag renders it. */
const JOINED = new RegExp(`(?<=~\\s*)${WATERMARK}|${WATERMARK}(?=\\s*~)`, 'g');
const DEFAULTED = new RegExp(`${WATERMARK}(?=\\s*\\|\\s*(?:default|d)\\b)`, 'g');
const FILTERED = new RegExp(
  `${WATERMARK}(?=\\s*\\|\\s*(?:string|upper|lower|title|capitalize|trim|replace|safe|e|escape|join)\\b)`,
  'g',
);
const COMPARED = new RegExp(
  `${WATERMARK}\\s*[!=]=\\s*(['"])NULL\\1|(['"])NULL\\2\\s*[!=]=\\s*${WATERMARK}`,
  'i',
);

/** Whether a tag of the template uses `watermark_value`. */
export function usesWatermark(template: string): boolean {
  return (
    MENTIONS.test(template) &&
    splitTemplate(template).some((piece) => tagMatches(template, piece, MENTIONS))
  );
}

/** The tag that compares `watermark_value` with the text 'NULL', which is always unequal. */
export function findComparisonWithNull(template: string): TemplatePiece | undefined {
  if (!MENTIONS.test(template)) return undefined;
  return splitTemplate(template).find((piece) => tagMatches(template, piece, COMPARED));
}

/** Rewrites the template so that a tag whose value is none renders NULL. */
export function writeNullForNone(template: string): string {
  const parts = splitTemplate(template).map((piece) => {
    const source = template.slice(piece.start, piece.end);
    if (piece.kind === 'text' || piece.kind === 'comment') return source;
    const inside = outsideOfTexts(insideOf(template, piece), (code) => {
      // Without an else the value is undefined, and the default filter replaces only undefined.
      const defaulted = code.replaceAll(
        DEFAULTED,
        '(watermark_value if watermark_value is not none)',
      );
      if (/^\s*(?:if|elif)\b/.test(code)) return defaulted;
      const text = '(watermark_value or "NULL")';
      return defaulted.replaceAll(JOINED, text).replaceAll(FILTERED, text);
    });
    const before = piece.trims.before ? '-' : '';
    const after = piece.trims.after ? '-' : '';
    if (piece.kind === 'statement') return `{%${before}${inside}${after}%}`;
    const value = '__rat_value';
    return (
      `{%${before} with ${value} = (${inside}) %}` +
      `{{ "NULL" if ${value} is none else ${value} }}{% endwith ${after}%}`
    );
  });
  return parts.join('');
}

function tagMatches(template: string, piece: TemplatePiece, pattern: RegExp): boolean {
  if (piece.kind === 'text' || piece.kind === 'comment') return false;
  return pattern.test(template.slice(piece.start, piece.end));
}

/** Changes a tag's code outside of its text literals. */
function outsideOfTexts(inside: string, change: (code: string) => string): string {
  // A concatenated operand may be a literal, so the change sees a placeholder for it.
  const texts: string[] = [];
  const code = inside.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/gs, (text) => {
    texts.push(text);
    return `"${texts.length - 1}"`;
  });
  return change(code).replaceAll(
    /"(\d+)"/g,
    (whole, index: string) => texts[Number(index)] ?? whole,
  );
}
