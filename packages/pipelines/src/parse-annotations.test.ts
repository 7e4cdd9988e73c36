import { describe, expect, test } from '@jest/globals';
import { parseAnnotations } from './parse-annotations.ts';

describe('parseAnnotations', () => {
  test('every annotation of the leading comment block is read with its position', () => {
    const sql = '-- @description: orders: cleaned\n\n  --@max_retries : 3\nselect 1';
    expect(parseAnnotations(sql)).toEqual([
      { key: 'description', value: 'orders: cleaned', line: 1, column: 4 },
      { key: 'max_retries', value: '3', line: 3, column: 5 },
    ]);
  });

  test.each<[string, string]>([
    ['a template comment', '{# orders of a day #}\n-- @a: b\nselect 1'],
    ['a template comment of several lines', '{#\n one\n-- two\n#}\n-- @a: b\nselect 1'],
    ['a statement of the template', "{% set x = 'select' %}\n-- @a: b\nselect 1"],
    ['a block that has ended', '{% macro m() %}{# #}{% endmacro %}\n-- @a: b\nselect 1'],
    ['a block comment', '/* orders\n /* nested */ */\n-- @a: b\nselect 1'],
    ['a block comment on its own line', '/* x */ -- @a: b\nselect 1'],
    ['a byte order mark', '\uFEFF-- @a: b\nselect 1'],
    ['blank lines and other comments', '\n\t\n-- plain\n\n-- @a: b\nselect 1'],
    ['blanks and tabs', ' \t--\t @a\t:\tb \nselect 1'],
    ['no blank at all', '--@a:b\nselect 1'],
    ['carriage returns alone', '-- plain\r-- @a: b\rselect 1'],
    ['Windows line ends', '{# x #}\r\n-- @a: b\r\nselect 1\r\n'],
    ['nothing below it', '-- @a: b'],
  ])('a setting behind %s is applied', (_, sql) => {
    const [found, ...more] = parseAnnotations(sql);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ key: 'a', value: 'b' });
    expect(found?.problem).toBeUndefined();
  });

  test.each<[string, string, number]>([
    ['below the first statement', 'select 1\n-- @a: b', 2],
    ['behind code on its line', 'select 1 -- @a: b', 1],
    ['between two statements', 'create temp table t as select 1;\n-- @a: b\nselect 1', 2],
    ['within a statement', 'select 1,\n  -- @a: b\n  2', 2],
    ['behind an empty statement', ';\n-- @a: b\nselect 1', 2],
    ['behind an expression', "{{ '' }}\n-- @a: b\nselect 1", 2],
    ['behind a text with dashes', "select '--', $x$ '-- $x$, \"--\" -- @a: b", 1],
    ['behind an escaped quote', "select e'\\'--' -- @a: b", 1],
    ['inside an if', '{% if is_incremental() %}\n-- @a: b\n{% endif %}\nselect 1', 2],
    ['inside a loop', '{% for i in [1] %}\n-- @a: b\n{% endfor %}\nselect 1', 2],
    ['inside a set block', '{% set x %}\n-- @a: b\n{% endset %}\nselect 1', 2],
    ['inside a raw block', '{% raw %}\n-- @a: b\n{% endraw %}\nselect 1', 2],
    ['with a template in its value', '-- @a: {{ 1 }}\nselect 1', 1],
    ['with a template comment behind it', '-- @a: b {# c #}\nselect 1', 1],
    ['with three dashes', '--- @a: b\nselect 1', 1],
    ['with a full-width colon', '-- @a： b\nselect 1', 1],
    ['with an equals sign', '-- @a = b\nselect 1', 1],
    ['with a full-width at sign', '-- ＠a: b\nselect 1', 1],
    ['with an invisible character', '--\u200B@a: b\nselect 1', 1],
    ['in a block comment', '/* @a: b */\nselect 1', 1],
    ['in a line of a block comment', '/*\n * @a: b\n */\nselect 1', 2],
  ])('a setting %s has a problem and its line', (_, sql, line) => {
    const [found, ...more] = parseAnnotations(sql);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ key: 'a', line, problem: expect.any(String) });
  });

  test.each([
    "select '\n-- @a: b\n'",
    'select "\n-- @a: b\n"',
    'select $$\n-- @a: b\n$$',
    'select $q$\n-- @a: b\n$q$',
    '/*\n-- @a: b\n*/ select 1',
    '{#\n-- @a: b\n#}\nselect 1',
    '-- -- @a: b\nselect 1',
    '-- mail ann@example.com: now\nselect 1',
  ])('a setting in a text or in a commented-out block is not read: %j', (sql) => {
    expect(parseAnnotations(sql)).toEqual([]);
  });

  test('annotations are read after ordinary comments and with Windows line ends', () => {
    expect(parseAnnotations('-- plain\r\n-- @a: b\r\n')).toEqual([
      { key: 'a', value: 'b', line: 2, column: 4 },
    ]);
  });

  test('an annotation without a colon differs from one with an empty value', () => {
    const values = parseAnnotations('-- @a b\n-- @c:\n').map((annotation) => annotation.value);
    expect(values).toEqual([undefined, '']);
  });
});

test('a template with a setting on each of its lines, or in many blocks, is read in linear time', () => {
  const lines = '-- @a: b\n'.repeat(50_000);
  const blocks = '{% if a %}'.repeat(40_000) + '-- @max_retries: 1\n'.repeat(5_000);
  for (const [template, count] of [
    [lines, 50_000],
    [blocks, 5_000],
  ] as const) {
    const started = performance.now();
    const found = parseAnnotations(template);
    // Reading the text anew for each setting took minutes.
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(found).toHaveLength(count);
    expect(found.at(-1)).toMatchObject({ line: count, column: 4 });
  }
});
