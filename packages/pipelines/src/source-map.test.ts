import { describe, expect, test } from '@jest/globals';
import { compileTemplate } from './compile-template.ts';
import { placeOf } from './source-map.ts';

const pipeline = { namespace: 'shop', layer: 'silver', name: 'orders' } as const;

/** The template position of `needle` in the compiled SQL. */
function locate(template: string, needle = 'nope', isIncremental = false) {
  const { sql, locate: toSource } = compileTemplate(template, {
    pipeline,
    runStartedAt: '2026-07-01T10:00:00.000Z',
    isIncremental,
  });
  const offset = sql.indexOf(needle);
  if (offset < 0) throw new Error(`${needle} is not in ${sql}`);
  return toSource(placeOf(sql, offset));
}

describe('CompiledTemplate.locate', () => {
  // The expected position is that of `nope` in each template.
  test.each<[string, string]>([
    ['nothing to render', 'SELECT\n  nope'],
    ['a template comment of several lines', '{#\n one\n two\n#}\nSELECT nope'],
    ['a comment within the line', 'SELECT {# a\nb #} nope'],
    ['a comment that takes blanks away', 'SELECT 1,  {#- a\nb -#}\n\n  nope'],
    ['a loop before it', '{% for i in [1, 2, 3] %}SELECT\n{{ i }};\n{% endfor %}\nSELECT nope'],
    ['the body of a loop', '{% for i in [1] %}\nSELECT\n {{ i }}, nope;\n{% endfor %}'],
    [
      'the side of an if that is rendered',
      '{% if not is_incremental() %}\n SELECT nope\n{% endif %}',
    ],
    [
      'the other side of an if',
      '{% if is_incremental() %}\n\n 1{% else %}\n SELECT nope{% endif %}',
    ],
    [
      'behind an if that writes nothing',
      '{% if is_incremental() %}\n\n 1\n{% endif %}\nSELECT nope',
    ],
    ['a variable of several lines', "{% set a = 'x\ny\nz' %}SELECT '{{ a }}', nope"],
    ['a set block', '{% set q %}\nSELECT\n nope\n{% endset %}\n\n{{ q }}'],
    [
      'a set block that a filter changes',
      '{% set q %}\nSELECT\n nope\n{% endset %}\n{{ q | upper | lower | indent(4) }}',
    ],
    ['a macro', '{% macro m(a) %}\n {{ a }}, nope{% endmacro %}\nSELECT {{ m(1) }}'],
    [
      'a filter block',
      '{% filter lower %}\nSELECT NOPE, nope\n{% endfilter %}'.replace('NOPE', 'a'),
    ],
    ['ref() that renders longer', "SELECT * FROM {{ ref(\n'bronze.raw'\n) }} WHERE nope"],
    ['two tags beside each other', 'SELECT {{ 1 }}{{ 2 }}, nope'],
    ['trim signs before and behind', 'SELECT\n\n  {{- " 1" -}}  \n\n, nope'],
    ['a block with trim signs', '\n{%- if true -%}\n   SELECT\n nope\n{%- endif -%}\n'],
    [
      'a common table expression',
      "WITH a AS (\n SELECT 1\n),\nb AS (SELECT nope FROM {{ ref('bronze.raw') }})\nSELECT 1",
    ],
    ['a later statement', '{# a #}\nCREATE TEMP TABLE t AS SELECT 1;\n\nSELECT nope'],
    ['letters beyond the first plane', "SELECT '🦆 {{ '🐀🐀' }} é', nope"],
    ['tabs', '{# #}\tSELECT\n\t\tnope'],
    ['Windows line ends', '{#\r\n a\r\n#}\r\nSELECT 1,\r\n  nope\r\n'],
    ['a raw block', "{% raw %}\nSELECT '{{ x }}', nope{% endraw %}"],
    ['a watermark that is none', 'SELECT {{ watermark_value }},\n {{ watermark_value }}, nope'],
    ['this', 'SELECT 1 FROM {{ this }}\nWHERE nope'],
    ['a text with a tag’s end in it', `SELECT {{ "'%}}}'" }}, nope`],
    ['an end of the file that is kept', '{% set a = 1 %}\nSELECT nope\n\n'],
    ['annotations above it', '-- @description: d\n\n-- a\nSELECT nope'],
    [
      'a call block',
      '{% macro m() %}({{ caller() }}){% endmacro %}\nSELECT {% call m() %}\n nope{% endcall %}',
    ],
  ])('an error is located at the author’s line and column: %s', (_, template) => {
    expect(locate(template)).toEqual(placeOf(template, template.indexOf('nope')));
  });

  test('the output of a tag has the position of the tag', () => {
    const template = "SELECT 1\nFROM  {{ ref('bronze.raw') }} AS r, {{ ref('gold.x') }}";
    expect(locate(template, 'gold.x')).toEqual({ line: 2, column: 37 });
    expect(locate('SELECT\n {{- "\n\nnope" }}')).toEqual({ line: 2, column: 2 });
  });

  test('every iteration of a loop has the position of its body', () => {
    const template = '{% for c in ["a", "b", "nope"] %}\nSELECT {{ c }};\n{% endfor %}';
    expect(locate(template)).toEqual({ line: 2, column: 8 });
  });

  test('a captured text that the template inspects gives no wrong position', () => {
    const template =
      '{% set w %}{% if is_incremental() %}x{% endif %}{% endset %}\n' +
      '{% if w %}\n\n WHERE 1{% endif %}\n{{ w | length }}\nSELECT nope';
    expect(locate(template)).toEqual({ line: 6, column: 8 });
  });

  test('a template that contains mark characters has no position rather than a wrong one', () => {
    expect(locate("{#\n#}SELECT '\u{F0000}', nope")).toBeUndefined();
  });
});
