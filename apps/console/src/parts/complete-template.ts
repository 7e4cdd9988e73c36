import { TEMPLATE_WORDS } from '@rat/domain';

/** What the calls of a template may name. */
export interface TemplateNames {
  tables: readonly string[];
  zones: readonly string[];
  params: readonly string[];
}

/** A word that may be written. The caret stands between `before` and `after` once it is. */
export interface TemplateOption {
  label: string;
  detail: string;
  before: string;
  after: string;
}

/** What may be written in place of the text from `from` to the caret. */
interface TemplateOffer {
  from: number;
  options: TemplateOption[];
  /** Whether it is shown without being asked for. */
  opens: boolean;
}

const NAMED_BY = {
  table: 'tables',
  'landing zone': 'zones',
  parameter: 'params',
} as const;

const CLOSERS = { '{{': '}}', '{%': '%}', '{#': '#}' } as const;

/**
 * What may be written behind a text of a template; undefined outside of a tag, where the text is SQL.
 *
 * @example
 * completeTemplate("SELECT * FROM {{ ref('br", names); // the tables
 */
export function completeTemplate(before: string, names: TemplateNames): TemplateOffer | undefined {
  const tag = findOpenTag(before);
  if (tag === undefined) return undefined;
  const nothing = { from: before.length, options: [], opens: false };
  if (tag.kind === '{#') return nothing;
  if (tag.text !== undefined) {
    const call = /(\w+)\s*\(\s*$/.exec(before.slice(tag.start, tag.text - 1))?.[1];
    const options = namesFor(call, names).map((name) => optionOf(name, ''));
    return { from: tag.text, options, opens: true };
  }
  const code = before.slice(tag.start);
  const word = /\w*$/.exec(code)?.[0] ?? '';
  if (/[.|]\s*$/.test(code.slice(0, code.length - word.length))) return nothing;
  return {
    from: before.length - word.length,
    options: WORDS,
    opens: word !== '' || (tag.kind === '{{' && code.trim() === ''),
  };
}

const WORDS: TemplateOption[] = Object.entries(TEMPLATE_WORDS).map(([name, word]) => {
  if (!('takes' in word)) return optionOf(name, word.means);
  return word.takes === 'nothing'
    ? { ...optionOf(name, word.means), before: `${name}()` }
    : { ...optionOf(name, word.means), before: `${name}('`, after: "')" };
});

function optionOf(label: string, detail: string): TemplateOption {
  return { label, detail, before: label, after: '' };
}

function namesFor(call: string | undefined, names: TemplateNames): readonly string[] {
  const word = Object.entries(TEMPLATE_WORDS).find(([name]) => name === call)?.[1];
  if (word === undefined || !('takes' in word) || word.takes === 'nothing') return [];
  return names[NAMED_BY[word.takes]];
}

interface OpenTag {
  kind: keyof typeof CLOSERS;
  /** The offset behind its brackets. */
  start: number;
  /** The offset behind the quote of the text that is not closed yet. */
  text: number | undefined;
}

/** The tag in which a text ends. */
function findOpenTag(text: string): OpenTag | undefined {
  let open: OpenTag | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const two = text.slice(at, at + 2);
    if (open === undefined) {
      if (two !== '{{' && two !== '{%' && two !== '{#') continue;
      open = { kind: two, start: at + 2, text: undefined };
      at += 1;
    } else if (open.text !== undefined) {
      if (text[at] === '\\') at += 1;
      else if (text[at] === quote) open.text = undefined;
    } else if (two === CLOSERS[open.kind]) {
      open = undefined;
      at += 1;
    } else if (open.kind !== '{#' && (text[at] === "'" || text[at] === '"')) {
      quote = text[at] ?? '';
      open.text = at + 1;
    }
  }
  return open;
}
