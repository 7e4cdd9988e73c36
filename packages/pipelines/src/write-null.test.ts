import { describe, expect, test } from '@jest/globals';
import { compileTemplate } from './compile-template.ts';

const pipeline = { namespace: 'shop', layer: 'silver', name: 'orders' } as const;

function compile(template: string, watermark?: string): string {
  return compileTemplate(template, {
    pipeline,
    runStartedAt: '2026-07-01T10:00:00.000Z',
    isIncremental: watermark !== undefined,
    ...(watermark === undefined ? {} : { watermark }),
  }).sql;
}

const LATER = "CAST('7' AS INTEGER)";

describe('watermark_value', () => {
  test.each<[template: string, first: string, later: string]>([
    [
      'a{% if watermark_value %} WHERE x > {{ watermark_value }}{% endif %}',
      'a',
      `a WHERE x > ${LATER}`,
    ],
    ['{% if not watermark_value %}first{% else %}later{% endif %}', 'first', 'later'],
    ['WHERE x > {{ watermark_value }}', 'WHERE x > NULL', `WHERE x > ${LATER}`],
    ['{{ watermark_value is none }}', 'true', 'false'],
    ['{{ watermark_value == none }} {{ none != watermark_value }}', 'true false', 'false true'],
    ['{{ watermark_value or "0" }}', '0', LATER],
    ['{{ "0" if not watermark_value else watermark_value }}', '0', LATER],
    ['{{ watermark_value | default("0") }}', '0', LATER],
    ['{{ watermark_value|default("0", true) }}', '0', LATER],
    ['{{ watermark_value|d("0") }}', '0', LATER],
    ['{{ "x > " ~ watermark_value }}', 'x > NULL', `x > ${LATER}`],
    ['{{ watermark_value ~ "::DATE" }}', 'NULL::DATE', `${LATER}::DATE`],
    ['{{ watermark_value | string }}', 'NULL', LATER],
    ['{% set w = watermark_value %}{% if w %}y{% endif %}{{ w }}', 'NULL', `y${LATER}`],
    [
      '{% macro m(w) %}x > {{ w }}{% endmacro %}{{ m(watermark_value) }}',
      'x > NULL',
      `x > ${LATER}`,
    ],
    [
      '{% macro m(w) %}{% if w %}y{% else %}n{% endif %}{% endmacro %}{{ m(watermark_value) }}',
      'n',
      'y',
    ],
    ['{% set q %}{{ watermark_value }}{% endset %}{{ q }}', 'NULL', LATER],
    ['a  {{- watermark_value -}}  b', 'aNULLb', `a${LATER}b`],
    ['{{ [watermark_value, "1"] | first }}', 'NULL', LATER],
    [
      '{{ \'none\' }} {{ "watermark_value ~ 1" }} {{ watermark_value }}',
      'none watermark_value ~ 1 NULL',
      `none watermark_value ~ 1 ${LATER}`,
    ],
    [
      '{# watermark_value #}{% raw %}{{ watermark_value }}{% endraw %}',
      '{{ watermark_value }}',
      '{{ watermark_value }}',
    ],
    ['{{ watermark_value is defined }}', 'true', 'true'],
    [
      '{{ 1.0 }} {{ watermark_value }} {{ 12345678901234567890 }}',
      '1.0 NULL 12345678901234567890',
      `1.0 ${LATER} 12345678901234567890`,
    ],
    ['{{ watermark_value if is_incremental() else "0" }}', '0', LATER],
  ])('watermark_value is none on a first run and NULL in the SQL: %s', (template, first, later) => {
    expect(compile(template)).toBe(first);
    expect(compile(template, LATER)).toBe(later);
  });

  test.each([
    "{% if watermark_value != 'NULL' %}x{% endif %}",
    '\n{{ 1 if "null" == watermark_value else 2 }}',
  ])('comparing watermark_value with the text NULL is refused: %s', (template) => {
    expect(() => compile(template)).toThrow(/\{% if watermark_value %\}/);
  });
});
