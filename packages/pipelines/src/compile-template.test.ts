import { describe, expect, test } from '@jest/globals';
import { compileTemplate, type CompiledTemplate } from './compile-template.ts';
import { TemplateError } from './template-error.ts';

const pipeline = { namespace: 'shop', layer: 'silver', name: 'orders' } as const;

function compile(template: string, isIncremental = false): CompiledTemplate {
  return compileTemplate(template, {
    pipeline,
    runStartedAt: '2026-07-01T10:00:00.000Z',
    isIncremental,
  });
}

function failure(template: string): TemplateError {
  try {
    compile(template);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('the template compiled');
}

describe('compileTemplate', () => {
  test('a ref becomes a quoted view name and is recorded once', () => {
    const compiled = compile(
      "from {{ ref('bronze.raw') }}, {{ ref('shop.bronze.raw') }}, {{ ref('hr.gold.p') }}",
    );
    expect(compiled.sql).toBe('from "shop.bronze.raw", "shop.bronze.raw", "hr.gold.p"');
    expect(compiled.refs).toEqual([
      { namespace: 'shop', layer: 'bronze', name: 'raw' },
      { namespace: 'hr', layer: 'gold', name: 'p' },
    ]);
  });

  test('a landing zone becomes a session variable, never a path', () => {
    const compiled = compile("from read_csv({{ landing_zone('uploads') }})");
    expect(compiled.sql).toBe("from read_csv(getvariable('landing_zone:uploads'))");
    expect(compiled.landingZones).toEqual(['uploads']);
  });

  test('only rendered refs count as inputs', () => {
    const template =
      "select 1{% if is_incremental() %} from {{ this }}, {{ ref('bronze.raw') }}{% endif %}";
    expect(compile(template).refs).toEqual([]);
    expect(compile(template, true).refs).toHaveLength(2);
  });

  test('`this` is an input when its text reaches the SQL, also through a filter', () => {
    expect(compile('from {{ this }}').refs).toEqual([pipeline]);
    expect(compile('from {{ this | upper }}').refs).toEqual([pipeline]);
    expect(compile('-- this\nselect 1').refs).toEqual([]);
  });

  test('rendering does not escape text, and keeps the line numbers', () => {
    const template = "-- @description: a\n\nselect {{ '<' }} '\"&'\n{# note #}\nfrom t\n";
    expect(compile(template).sql).toBe("-- @description: a\n\nselect < '\"&'\n\nfrom t\n");
  });

  test('a template can read the start of the run as text', () => {
    expect(compile("select '{{ run_started_at }}'").sql).toBe("select '2026-07-01T10:00:00.000Z'");
  });

  test('an unknown template variable is refused with its position', () => {
    expect(failure('select\n  {{ nope }}')).toMatchObject({
      code: 'template_error',
      message: 'nope is not defined',
      line: 2,
      column: 6,
    });
  });

  test('a template syntax error is refused with its position', () => {
    expect(failure('select\n {{ ref( }}')).toMatchObject({ line: 2, column: 10 });
  });

  test.each([
    ["select\n é {{ ref('orders') }}", 2, 7],
    ["{{ ref('a.b.c.d') }}", 1, 4],
    ["{{ ref('silver.Orders') }}", 1, 4],
    ["{{ landing_zone('../other') }}", 1, 4],
  ])('an invalid table or zone name is refused: %j', (template, line, column) => {
    expect(failure(template)).toMatchObject({ line, column });
  });

  test.each(['{{ ref() }}', '{{ ref(1) }}', '{{ ref(none) }}', "{{ ref(name='a.b') }}"])(
    'an argument that is no text is refused: %s',
    (template) => expect(failure(template).message).toMatch(/^ref\(\) expects/),
  );

  test('a template with an endless loop is stopped', () => {
    const template =
      '{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}';
    expect(failure(template).message).toMatch(/did not end/);
  });

  test('a template with few but slow steps is stopped', () => {
    const template = '{% for i in range(99999) %}{% set x = range(100000)|list|sort %}{% endfor %}';
    expect(failure(template).message).toMatch(/did not end in time/);
  });

  test.each([
    "{% set n = namespace(s='x') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "{{ 'x' * 1000000000 }}",
  ])('a template that exceeds its memory is stopped, and the next one compiles: %s', (template) => {
    expect(failure(template).message).toMatch(/memory/);
    expect(compile("from {{ ref('bronze.raw') }}").sql).toBe('from "shop.bronze.raw"');
  });

  test.each([
    "{% for i in range(20000) %}{{ ref('bronze.raw') }}{% endfor %}",
    "{% for i in range(20000) %}{{ landing_zone('in') }}{% endfor %}",
    "{% for i in range(2000) %}{{ ref('bronze.r' ~ i) }}{% endfor %}",
  ])('the calls of ref() and landing_zone() are bounded: %s', (template) => {
    expect(failure(template).message).toMatch(/more than [\d]+/);
  });

  test('too long SQL of a template is refused', () => {
    expect(failure("{{ 'x' * 3000000 }}").message).toMatch(/longer than/);
  });

  test.each([
    '{{ ref.constructor }}',
    '{{ ref.__proto__ }}',
    '{{ process }}',
    "{% include '/etc/passwd' %}",
  ])('a template cannot access anything outside its context: %s', (template) =>
    expect(() => compile(template)).toThrow(TemplateError),
  );
});

describe('the time that a run is about', () => {
  const interval = {
    start: '2026-11-28T01:30:00.000Z',
    end: '2026-11-29T01:30:00.000Z',
    logicalDate: '2026-11-28',
  };
  const about = (template: string, withInterval = true): string =>
    compileTemplate(template, {
      pipeline,
      runStartedAt: '2026-11-29T01:30:07.000Z',
      isIncremental: true,
      ...(withInterval ? { interval } : {}),
    }).sql;

  test('its bounds and its date render as typed values, also within quotes', () => {
    expect(about('{{ interval_start }}')).toBe(
      "CAST('2026-11-28T01:30:00.000Z' AS TIMESTAMP WITH TIME ZONE)",
    );
    expect(about("at < '{{ interval_end }}'")).toBe(
      "at <  CAST('2026-11-29T01:30:00.000Z' AS TIMESTAMP WITH TIME ZONE) ",
    );
    expect(about("'{{ run_logical_date }}'")).toBe(" CAST('2026-11-28' AS DATE) ");
  });

  test('without it, they are NULLs of the same types, and has_interval() is false', () => {
    expect(about('{{ interval_start }}, {{ run_logical_date }}', false)).toBe(
      'CAST(NULL AS TIMESTAMP WITH TIME ZONE), CAST(NULL AS DATE)',
    );
    const template = '{% if has_interval() %}about{% else %}about nothing{% endif %}';
    expect([about(template), about(template, false)]).toEqual(['about', 'about nothing']);
  });
});

describe('param()', () => {
  const specs = { day: { type: 'date' }, top: { type: 'integer', default: 10 } } as const;
  const given = (template: string, values = {}): string =>
    compileTemplate(template, {
      pipeline,
      runStartedAt: '2026-11-29T01:30:07.000Z',
      isIncremental: true,
      params: { specs, values },
    }).sql;

  test('it renders the value as a literal of its declared type, also within quotes, and its default without one', () => {
    expect(given("{{ param('day') }}", { day: '2026-11-01' })).toBe("CAST('2026-11-01' AS DATE)");
    expect(given(`'{{ param("day") }}'`)).toBe(' CAST(NULL AS DATE) ');
    expect(given("{{ param('top') }}")).toBe("CAST('10' AS BIGINT)");
  });

  test('a name that is not declared is refused with its place and the declared ones', () => {
    expect(() => given("select\n {{ param('dya') }}")).toThrow(
      "param() expects a name of `params` in config.yaml: day, top; it was given 'dya'",
    );
    expect(() => compile("{{ param('day') }}")).toThrow('which declares none');
  });
});
