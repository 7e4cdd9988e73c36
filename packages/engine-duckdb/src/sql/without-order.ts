import { tokenizeSql } from './tokenize-sql.ts';

/** These choose rows by the order. */
const CHOOSE: ReadonlySet<string> = new Set(['limit', 'offset', 'fetch']);

/**
 * A SELECT without its outermost ORDER BY, which does not change how many rows there are. A SELECT
 * that chooses rows by its order stays as it is.
 *
 * @example
 * withoutOrder('SELECT n FROM t ORDER BY n DESC'); // 'SELECT n FROM t '
 */
export function withoutOrder(select: string): string {
  const tokens = tokenizeSql(select);
  const wordAt = (index: number): string => {
    const token = tokens[index];
    return token === undefined ? '' : select.slice(token.start, token.end).toLowerCase();
  };
  let depth = 0;
  let end: number | undefined;
  for (const [index, { start }] of tokens.entries()) {
    const word = wordAt(index);
    if ('([{'.includes(word)) depth += 1;
    else if (')]}'.includes(word)) depth -= 1;
    else if (depth === 0 && CHOOSE.has(word)) return select;
    else if (depth === 0 && word === 'order' && wordAt(index + 1) === 'by') end = start;
  }
  return select.slice(0, end);
}
