/*
 * Finds secrets without quotes: `password=hunter2`, `api_key: abc`, `Authorization: Bearer abc`,
 * as in connection strings, headers and configuration files. SQL writes comparisons of columns with
 * the same characters. The text before the name and the form of the value decide which of the two a
 * pair is.
 */
/** Suffixes of names that hold a secret; `token_count` and `sort_key` do not match. */
export const SECRET_NAME =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|signature|credentials?|authorization|' +
  '(?:access|account|api|auth|private|secret|shared|signing)[_-]?key(?:[_-]?id)?|key[_-]?id)';

/** A header whose whole value, apart from its scheme, is a secret. */
const HEADER =
  /(?<![\w.$-])((?:proxy-)?authorization|(?:set-)?cookie)([ \t]*[:=][ \t]*)((?:bearer|basic|digest|token|apikey|negotiate)[ \t]+)?([^\s'"\\`)}\]][^\n'"\\`)}\]]*)/gi;

const PAIR = new RegExp(
  `(?<![\\w.$"'\`-])([\\w-]*${SECRET_NAME})([ \\t]*(?:=(?![=>~])|:(?![:=]))[ \\t]*)` +
    `([^\\s&;,'"\`(){}\\[\\]$=:<>#][^\\s&;,'"\`(){}\\[\\]#]*)(?=([('"]?))`,
  'gi',
);

const IS_HEADER = /^(?:proxy-)?authorization$/i;

/** Words that prose uses too, so the text must also look like SQL. */
const SQL_WORD =
  /\b(?:and|by|case|distinct|else|having|not|on|or|qualify|select|set|then|when|where)$/i;
const SQL_TEXT = /\b(?:select|where|join|having|update|merge)\b/i;

/** An operand of an SQL comparison: a column, a number or a parameter, with or without a cast. */
const OPERAND = /^(?:[a-z_][\w$]*(?:\.[a-z_][\w$]*)*|\d+(?:\.\d+)?|\?)(?:::\w+)*$/i;
const QUALIFIED = /^[a-z_][\w$]*(?:\.[a-z_][\w$]*)+(?:::\w+)*$/i;

/** Words that are never a secret. */
const PLAIN_VALUE = /^(?:null|none|true|false|default|current_\w+|\*+)$/i;

/** Names that prose uses too: `unexpected token: FROM`. */
const WORDY_NAME = /^(?:token|signature|credentials?|authorization|key[_-]?id)$/i;

/** How many characters before a name decide. */
const BEFORE_LENGTH = 40;

/** Replaces secrets without quotes; keeps SQL comparisons. Scrubbed text stays the same. */
export function scrubBarePairs(text: string): string {
  const looksLikeSql = SQL_TEXT.test(text);
  const headless = text.replace(
    HEADER,
    (header, name: string, sign: string, scheme = '', value = '') => {
      if (
        scheme === '' &&
        (sign.includes('=') || value.includes('***')) &&
        OPERAND.test(value.trim())
      ) {
        return header;
      }
      return `${name}${sign}${scheme}***`;
    },
  );
  return headless.replace(
    PAIR,
    (pair, name: string, sign: string, value: string, next: string, at: number) => {
      if (PLAIN_VALUE.test(value) || next === '(' || IS_HEADER.test(name)) return pair;
      // The letter of a literal, which is already scrubbed.
      if (/^[benx]$/i.test(value) && /['"]/.test(next)) return pair;
      const before = headless.slice(Math.max(0, at - BEFORE_LENGTH), at);
      const isKept = sign.includes(':')
        ? isWord({ before, name, value, after: headless.slice(at + pair.length) })
        : isComparison({ before, sign, value, looksLikeSql });
      return isKept ? pair : `${name}${sign}***`;
    },
  );
}

/** Whether `name = value` compares or assigns columns. */
function isComparison(pair: {
  before: string;
  sign: string;
  value: string;
  looksLikeSql: boolean;
}): boolean {
  if (!OPERAND.test(pair.value)) return false;
  const before = pair.before.trimEnd();
  const isQualified = QUALIFIED.test(pair.value);
  if (pair.looksLikeSql && SQL_WORD.test(before.replace(/[\s(]+$/, ''))) return true;
  if (/[<>+/|=]$/.test(before)) return true;
  // `SET a = b, token = c`; without spaces it may as well be a list of settings.
  if (before.endsWith(',')) return isQualified || (pair.looksLikeSql && pair.sign !== '=');
  if (before === '' || before.endsWith('(') || /\n[ \t]*$/.test(pair.before)) return isQualified;
  return false;
}

/** Whether `name: value` is a struct of columns, or prose about a token. */
function isWord(pair: { before: string; name: string; value: string; after: string }): boolean {
  const before = pair.before.trimEnd();
  if (/[{,]$/.test(before) || SQL_WORD.test(before)) return OPERAND.test(pair.value);
  if (!WORDY_NAME.test(pair.name)) return false;
  const isWholeLine = /(?:^|\n)[ \t]*$/.test(pair.before) && /^[ \t]*(?:\n|$)/.test(pair.after);
  // A credential contains digits or signs; a word of prose contains none.
  return !isWholeLine && !/\d|[a-z][A-Z]|[^\w.]/.test(pair.value.replace(/[.:!?]+$/, ''));
}
