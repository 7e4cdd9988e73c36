/** A comment in SQL text; `start` and `end` are offsets into it. */
export interface SqlComment {
  kind: 'line' | 'block';
  start: number;
  end: number;
}

/** A piece of SQL text that is neither blank nor comment. */
export interface SqlToken {
  kind: 'word' | 'name' | 'text' | 'symbol';
  start: number;
  end: number;
}

const BLANK = /\s+/uy;
const LINE_COMMENT = /--[^\r\n]*/y;
const TEXT = /'[^']*(?:''[^']*)*'?/y;
const ESCAPED_TEXT = /[eE]'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*'?/y;
const NAME = /"[^"]*(?:""[^"]*)*"?/y;
const DOLLAR_TEXT = /(\$(?:[\p{L}_\u0080-\uFFFF][\p{L}\p{N}_\u0080-\uFFFF]*)?\$)[^]*?(?:\1|$)/uy;
const WORD = /[\p{L}_\u0080-\uFFFF][\p{L}\p{N}_$\u0080-\uFFFF]*|[0-9][\w.]*/uy;

/**
 * Finds the comments of SQL text as the engine's lexer does: not within literals and names, and
 * with nested block comments. `firstToken` is the offset of the first character that is neither
 * blank nor in a comment, or the text's length.
 */
export function scanComments(sql: string): { comments: SqlComment[]; firstToken: number } {
  const { comments, tokens } = scanSql(sql);
  return { comments, firstToken: tokens[0]?.start ?? sql.length };
}

/** The comments of SQL text, and the tokens between them. */
export function scanSql(sql: string): { comments: SqlComment[]; tokens: SqlToken[] } {
  const comments: SqlComment[] = [];
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const start = at;
    at = matchAt(BLANK, sql, at) ?? at;
    if (at > start) continue;
    const line = matchAt(LINE_COMMENT, sql, at);
    const end = line ?? (sql.startsWith('/*', at) ? endOfBlock(sql, at) : undefined);
    if (end !== undefined) {
      comments.push({ kind: line === undefined ? 'block' : 'line', start, end });
      at = end;
      continue;
    }
    const token = readToken(sql, at);
    tokens.push(token);
    at = token.end;
  }
  return { comments, tokens };
}

const KINDS = [
  ['text', ESCAPED_TEXT],
  ['text', TEXT],
  ['name', NAME],
  ['text', DOLLAR_TEXT],
  ['word', WORD],
] as const;

function readToken(sql: string, start: number): SqlToken {
  for (const [kind, pattern] of KINDS) {
    const end = matchAt(pattern, sql, start);
    if (end !== undefined) return { kind, start, end };
  }
  return { kind: 'symbol', start, end: start + 1 };
}

function matchAt(pattern: RegExp, sql: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}

function endOfBlock(sql: string, start: number): number {
  const signs = /\/\*|\*\//g;
  signs.lastIndex = start;
  let depth = 0;
  for (let sign = signs.exec(sql); sign !== null; sign = signs.exec(sql)) {
    depth += sign[0] === '/*' ? 1 : -1;
    if (depth === 0) return signs.lastIndex;
  }
  return sql.length;
}
