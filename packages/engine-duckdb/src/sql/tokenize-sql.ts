/**
 * A piece of SQL that is neither blank nor comment. `start` and `end` are offsets into the text.
 */
export interface SqlToken {
  kind: 'word' | 'quoted' | 'symbol';
  start: number;
  end: number;
}

/** DuckDB replaces these by a plain blank before its lexer runs. */
const UNICODE_BLANK = '\\u00A0\\u2000-\\u200D\\u202F\\u205F\\u2060\\u3000\\uFEFF';
const WORD = new RegExp(
  `(?![${UNICODE_BLANK}])[\\p{L}_\\u0080-\\u{10FFFF}](?:(?![${UNICODE_BLANK}])[\\p{L}\\p{N}_$\\u0080-\\u{10FFFF}])*|[0-9][\\w.]*`,
  'uy',
);
const DOLLAR_TAG = /\$(?:[\p{L}_\u0080-\uFFFF][\p{L}\p{N}_\u0080-\uFFFF]*)?\$/uy;
const BLANK = new RegExp(`[\\s${UNICODE_BLANK}]+`, 'uy');
/** The text between two pieces of one string, including the line feed that joins them. */
const JOINS = new RegExp(
  `(?:[ \\t\\f\\v${UNICODE_BLANK}]|--[^\\r\\n]*)*[\\r\\n](?:[ \\t\\r\\n\\f\\v${UNICODE_BLANK}]|--[^\\r\\n]*[\\r\\n])*(?=')`,
  'uy',
);

/**
 * Finds the tokens of SQL text as DuckDB's lexer separates them: `'…'` and `E'…'` strings, `"…"`
 * names, `$tag$…$tag$` strings, line comments, nested block comments. It does not validate: an
 * unterminated token ends with the text, and DuckDB reports it.
 */
export function tokenizeSql(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const skipped = skipBlanks(sql, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const token = readToken(sql, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function skipBlanks(sql: string, at: number): number {
  if (sql.startsWith('--', at)) return endOfLine(sql, at);
  if (sql.startsWith('/*', at)) return endOfBlockComment(sql, at);
  return matchAt(BLANK, sql, at) ?? at;
}

function readToken(sql: string, start: number): SqlToken {
  const first = sql[start];
  if (first === "'") return { kind: 'quoted', start, end: endOfQuoted(sql, start, "'") };
  if (first === '"') return { kind: 'quoted', start, end: endOfQuoted(sql, start, '"') };
  const tagEnd = matchAt(DOLLAR_TAG, sql, start);
  if (tagEnd !== undefined) {
    const close = sql.indexOf(sql.slice(start, tagEnd), tagEnd);
    return { kind: 'quoted', start, end: close < 0 ? sql.length : close + tagEnd - start };
  }
  const wordEnd = matchAt(WORD, sql, start);
  if (wordEnd === undefined) return { kind: 'symbol', start, end: start + 1 };
  // Only in an E'…' string does a backslash escape the quote.
  if (wordEnd === start + 1 && /[eE]/.test(first ?? '') && sql[wordEnd] === "'") {
    return { kind: 'quoted', start, end: endOfEscaped(sql, wordEnd) };
  }
  return { kind: 'word', start, end: wordEnd };
}

function matchAt(pattern: RegExp, sql: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}

/** A lone carriage return ends a line comment too. */
function endOfLine(sql: string, at: number): number {
  const length = sql.slice(at).search(/[\r\n]/);
  return length < 0 ? sql.length : at + length;
}

function endOfBlockComment(sql: string, at: number): number {
  let depth = 0;
  for (let i = at; i < sql.length; i++) {
    if (sql.startsWith('/*', i)) {
      depth++;
      i++;
    } else if (sql.startsWith('*/', i)) {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return sql.length;
}

/** A doubled quote stands for one within the text. */
function endOfQuoted(sql: string, at: number, quote: string): number {
  for (let i = at + 1; i < sql.length; i++) {
    if (sql[i] !== quote) continue;
    if (sql[i + 1] !== quote) return i + 1;
    i++;
  }
  return sql.length;
}

/** A string continues after a line feed, where a backslash still escapes the quote. */
function endOfEscaped(sql: string, at: number): number {
  for (let i = at + 1; i < sql.length; i++) {
    if (sql[i] === '\\') i++;
    else if (sql[i] === "'" && sql[i + 1] === "'") i++;
    else if (sql[i] === "'") {
      const next = matchAt(JOINS, sql, i + 1);
      if (next === undefined) return i + 1;
      i = next;
    }
  }
  return sql.length;
}

/**
 * The text of a token that may be a name: a word as it is, a quoted name or a string without its
 * quotes. Undefined for a symbol.
 */
export function identifierOf(sql: string, token: SqlToken | undefined): string | undefined {
  if (token === undefined || token.kind === 'symbol') return undefined;
  const text = sql.slice(token.start, token.end);
  if (token.kind === 'word') return text;
  const [quote = ''] = text;
  if (quote === '$') {
    const tag = text.slice(0, text.indexOf('$', 1) + 1);
    return text.slice(tag.length, -tag.length);
  }
  if (quote === '"' || quote === "'") return text.slice(1, -1).replaceAll(quote + quote, quote);
  return unescape(text.slice(2, -1).replaceAll("''", "'"));
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** The text of an `E'…'` string. */
function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{1,2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{1,3})|([^]))/gi,
    (_, hex?: string, short?: string, long?: string, octal?: string, other = '') => {
      const digits = hex ?? short ?? long;
      if (digits !== undefined) return codePoint(Number.parseInt(digits, 16));
      if (octal !== undefined) return codePoint(Number.parseInt(octal, 8) & 0xff);
      return NAMED_ESCAPES[other] ?? other;
    },
  );
}

function codePoint(code: number): string {
  return code > 0x10ffff ? '' : String.fromCodePoint(code);
}

/** A token for the gate's rules: a name in lower case without quotes, or a symbol. */
export interface SqlPart {
  name?: string;
  symbol?: string;
  start: number;
  end: number;
}

/** The parts of a text. DuckDB matches function and table names case-insensitively. */
export function partsOf(sql: string): SqlPart[] {
  return tokenizeSql(sql).map((token) => {
    const { start, end } = token;
    const name = identifierOf(sql, token);
    if (name === undefined) return { symbol: sql.slice(start, end), start, end };
    return { name: name.toLowerCase(), start, end };
  });
}
