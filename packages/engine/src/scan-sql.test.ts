import { describe, expect, test } from '@jest/globals';
import { scanSql } from './scan-sql.ts';

function texts(sql: string): string[] {
  return scanSql(sql).map((token) => sql.slice(token.start, token.end));
}

describe('scanSql', () => {
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
  ])('%j', (sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });

  test.each(["'open", '"open', '$$open', '$a$ open $b$', '/* open', "E'open\\'"])(
    'what does not end, ends with the text: %j',
    (sql) => expect(scanSql(sql).at(-1)?.end ?? sql.length).toBe(sql.length),
  );
});
