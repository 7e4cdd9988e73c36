import { describe, expect, test } from '@jest/globals';
import { compileTemplate } from './compile-template.ts';
import { TemplateError } from './template-error.ts';
import { unquoteLiterals } from './unquote-literals.ts';

const context = {
  pipeline: { namespace: 'shop', layer: 'silver', name: 'orders' },
  runStartedAt: '2026-07-01T10:00:00.000Z',
  isIncremental: true,
  watermark: "CAST('2026-01-01' AS DATE)",
} as const;

function refusalOf(template: string): TemplateError {
  try {
    compileTemplate(template, context);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('quotes around landing_zone() and watermark_value', () => {
  test.each([
    [
      `SELECT * FROM read_csv_auto('{{ landing_zone("x") }}')`,
      `SELECT * FROM read_csv_auto( getvariable('landing_zone:x') )`,
    ],
    [`WHERE d > '{{ watermark_value }}' AND 1`, `WHERE d >  CAST('2026-01-01' AS DATE)  AND 1`],
    [`-- it's\nWHERE d > '{{watermark_value}}'`, `-- it's\nWHERE d >  CAST('2026-01-01' AS DATE) `],
    [`/* ' */ SELECT 'it''s', '{{ watermark_value }}'`, undefined],
  ])('are removed, so that the SQL literal is used: %s', (template, sql) => {
    const compiled = compileTemplate(template, context).sql;
    if (sql === undefined) expect(compiled).not.toContain("'CAST");
    else expect(compiled).toBe(sql);
  });

  test('are removed on a first run too, where the watermark is NULL', () => {
    const { watermark: _, ...first } = context;
    expect(compileTemplate(`SELECT '{{ watermark_value }}'`, first).sql).toBe('SELECT  NULL ');
  });

  test('keep every position of the template', () => {
    const template = `SELECT a\nFROM read_csv('{{ landing_zone("x") }}') WHERE nope`;
    const { sql, locate } = compileTemplate(template, context);
    const column = (sql.split('\n')[1] ?? '').indexOf('nope') + 1;
    expect(locate({ line: 2, column })).toEqual({
      line: 2,
      column: (template.split('\n')[1] ?? '').indexOf('nope') + 1,
    });
  });

  test.each([
    [`SELECT\n read_csv('{{ landing_zone("x") }}/*.csv')`, 2, 12],
    [`SELECT 'a {{ watermark_value }}'`, 1, 11],
    [`SELECT DATE '{{ watermark_value }}'`, 1, 14],
    [`SELECT '{{ watermark_value or "1970-01-01" }}'`, 1, 9],
    [`SELECT "{{ landing_zone('x') }}"`, 1, 9],
  ])('are refused with the fix where the tag is a part of a text: %s', (template, line, column) => {
    const error = refusalOf(template);
    expect(error).toMatchObject({ line, column });
    expect(error.message).not.toContain('getvariable');
    expect(error.fix).toContain('without quotes');
  });

  test.each([
    `SELECT '{{ "later" if watermark_value else "first" }}'`,
    `-- '{{ watermark_value }}'\nSELECT 1`,
    `SELECT 'a', {{ watermark_value }}, 'b'`,
    `{% if true %}'a{% else %}'b{% endif %}' , 'x{{ watermark_value }}'`,
    `SELECT '{{ run_started_at }}'`,
  ])('stay where they are right, or where the template hides the text: %s', (template) => {
    expect(unquoteLiterals(template)).toBe(template);
  });
});
