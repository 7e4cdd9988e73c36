import { isLayer } from '@rat/domain';
import { writtenText, type Statement } from '@rat/engine';
import { locate, type Place } from './sql-position.ts';
import { identifierOf, type SqlToken } from './tokenize-sql.ts';

/** The text of a statement, and where quotes were added to it. */
type Quoted = Pick<Statement, 'text' | 'addedQuotes'>;

/**
 * Quotes the namespace of each `namespace.layer.name`, so that it may be a word of SQL, as `default`
 * is. Only the tokens of code are looked at, and a layer behind the dot makes the word a namespace:
 * DuckDB would read the quoted word as the same name, or refuse the bare one.
 */
export function quoteNamespaces(sql: string, tokens: readonly SqlToken[]): Quoted {
  const start = tokens[0]?.start ?? 0;
  const end = tokens.at(-1)?.end ?? 0;
  const added: number[] = [];
  let text = '';
  let copied = start;
  for (const [index, token] of tokens.entries()) {
    if (!isNamespace(sql, tokens, index)) continue;
    text += `${sql.slice(copied, token.start)}"`;
    added.push(text.length - 1);
    text += `${sql.slice(token.start, token.end)}"`;
    added.push(text.length - 1);
    copied = token.end;
  }
  text += sql.slice(copied, end);
  return added.length === 0 ? { text } : { text, addedQuotes: added };
}

function isNamespace(sql: string, tokens: readonly SqlToken[], index: number): boolean {
  const [token, dot, layer, secondDot, name] = tokens.slice(index, index + 5);
  if (token?.kind !== 'word' || /^\d/.test(sql.slice(token.start, token.end))) return false;
  const isDot = (one: SqlToken | undefined): boolean =>
    one?.kind === 'symbol' && sql[one.start] === '.';
  return (
    !isDot(tokens[index - 1]) &&
    isDot(dot) &&
    isLayer(identifierOf(sql, layer)?.toLowerCase() ?? '') &&
    isDot(secondDot) &&
    name !== undefined &&
    name.kind !== 'symbol'
  );
}

/** A place in a statement, in the text that its author wrote. */
export function placeInWritten(statement: Statement, place: Place): Place {
  const { text, addedQuotes = [] } = statement;
  if (writtenText(statement) === text) return place;
  const before = addedQuotes
    .map((offset) => locate(text, offset))
    .filter(({ line, column }) => line === place.line && column < place.column);
  return { line: place.line, column: place.column - before.length };
}
