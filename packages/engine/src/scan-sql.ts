/** A piece of SQL that is neither blank nor comment. `start` and `end` are offsets into the text. */
export interface SqlToken {
  kind: 'word' | 'quoted' | 'symbol';
  start: number;
  end: number;
}

const WORD = /[\p{L}_\u0080-\uFFFF][\p{L}\p{N}_$\u0080-\uFFFF]*|[0-9][\w.]*/uy;
const DOLLAR_TAG = /\$(?:[\p{L}_\u0080-\uFFFF][\p{L}\p{N}_\u0080-\uFFFF]*)?\$/uy;
const BLANK = /\s+/uy;

/**
 * Finds the tokens of an SQL text the way DuckDB's lexer separates them: `'…'` and `E'…'` strings, `"…"` names,
 * `$tag$…$tag$` strings, line comments, nested block comments. It judges nothing: what does not end, ends with the
 * text, and DuckDB says so.
 */
export function scanSql(sql: string): SqlToken[] {
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

/** A carriage return alone ends a line comment too. */
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

function endOfEscaped(sql: string, at: number): number {
  for (let i = at + 1; i < sql.length; i++) {
    if (sql[i] === '\\') i++;
    else if (sql[i] === "'" && sql[i + 1] === "'") i++;
    else if (sql[i] === "'") return i + 1;
  }
  return sql.length;
}
