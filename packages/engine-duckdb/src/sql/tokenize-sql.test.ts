import { describe, expect, test } from '@jest/globals';
import { partsOf, tokenizeSql } from './tokenize-sql.ts';

function texts(sql: string): string[] {
  return tokenizeSql(sql).map((token) => sql.slice(token.start, token.end));
}

describe('tokenizeSql', () => {
  test.each([
    ["select 'it''s; -- no'", ['select', "'it''s; -- no'"]],
    ['select "a""; b"', ['select', '"a""; b"']],
    ["select E'it\\'s;' x", ['select', "E'it\\'s;'", 'x']],
    ["type'a\\'", ['type', "'a\\'"]],
    ['$$a;$b$;$$ x', ['$$a;$b$;$$', 'x']],
    ['$tag$ ; $$ $tag$;', ['$tag$ ; $$ $tag$', ';']],
    ['a$b$ c', ['a$b$', 'c']],
    ['$1 + $2', ['$', '1', '+', '$', '2']],
    ['1 -- x; y\n2', ['1', '2']],
    ['1 -- x\r2', ['1', '2']],
    ['1 /* a /* b; */ c */ 2', ['1', '2']],
    ['größe_2 é', ['größe_2', 'é']],
    ['a\u00a0(1)\u200b b\u3000', ['a', '(', '1', ')', 'b']],
    ["E'a'\n'\\' || ', f(1)", ["E'a'\n'\\' || '", ',', 'f', '(', '1', ')']],
    ["e'a' -- c\r\n -- d\n '\\'' b", ["e'a' -- c\r\n -- d\n '\\''", 'b']],
    ["E'a' '\\' b", ["E'a'", "'\\'", 'b']],
    ["'a'\n'\\' b", ["'a'", "'\\'", 'b']],
  ])('the tokens of a text match DuckDB’s: %j', (sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });

  test.each(["'open", '"open', '$$open', '$a$ open $b$', '/* open', "E'open\\'"])(
    'an unterminated token ends with the text: %j',
    (sql) => expect(tokenizeSql(sql).at(-1)?.end ?? sql.length).toBe(sql.length),
  );
});

test('a name is read in lower case and without quotes of any kind', () => {
  const text = `A "b""C" 'D''e' $$F$$ $t$g$t$ E'\\x48\\u0069\\112\\'k\\n' (`;
  expect(partsOf(text).map(({ name, symbol }) => name ?? symbol)).toEqual([
    'a',
    'b"c',
    "d'e",
    'f',
    'g',
    "hij'k\n",
    '(',
  ]);
});
