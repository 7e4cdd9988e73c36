import type { Statement } from '@rat/engine';
import { quoteNamespaces } from './quote-namespaces.ts';
import { tokenizeSql, type SqlToken } from './tokenize-sql.ts';
import { locator } from './sql-position.ts';

/**
 * Splits SQL text at its semicolons, except those within strings, names and comments. Drops
 * statements without a token, so a text of comments only has none. Quotes the namespaces of tables.
 *
 * @example
 * splitStatements('CREATE TABLE t AS SELECT 1; SELECT * FROM t').length; // 2
 */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  const locate = locator(sql);
  let current: SqlToken[] = [];
  const close = (): void => {
    const tokens = current;
    current = [];
    const [first] = tokens;
    if (!first) return;
    statements.push({ ...quoteNamespaces(sql, tokens), ...locate(first.start) });
  };
  for (const token of tokenizeSql(sql)) {
    if (token.kind === 'symbol' && sql[token.start] === ';') close();
    else current.push(token);
  }
  close();
  return statements;
}

/** The statement's first words in lower case, up to the first token that is no word. */
export function leadingWords(text: string, atMost: number): string[] {
  const words: string[] = [];
  for (const token of tokenizeSql(text)) {
    if (token.kind !== 'word' || words.length === atMost) break;
    words.push(text.slice(token.start, token.end).toLowerCase());
  }
  return words;
}

/** The statement in an `EXPLAIN [ANALYZE] [(options)]`; undefined for other statements. */
export function explainedText(text: string): string | undefined {
  const tokens = tokenizeSql(text);
  const word = (index: number): string => {
    const token = tokens[index];
    return token ? text.slice(token.start, token.end).toLowerCase() : '';
  };
  if (word(0) !== 'explain') return undefined;
  let first = word(1) === 'analyze' || word(1) === 'analyse' ? 2 : 1;
  if (word(first) === '(') {
    const behind = indexBehindParenthesis(tokens, word, first);
    // Without a text after it, the parenthesis is the statement and not a list of options.
    if (behind < tokens.length) first = behind;
  }
  return text.slice(tokens[first]?.start ?? text.length);
}

function indexBehindParenthesis(
  tokens: readonly SqlToken[],
  word: (index: number) => string,
  open: number,
): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    if (word(index) === '(') depth++;
    if (word(index) === ')') depth--;
    if (depth === 0) return index + 1;
  }
  return tokens.length;
}
