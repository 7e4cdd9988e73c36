import { describe, expect, test } from '@jest/globals';
import type { ParamSpecs } from '@rat/domain';
import { distinctKinds, kindsOfRun } from './kinds-of-run.ts';

const PARAMS: ParamSpecs = {
  day: { type: 'date' },
  mode: { type: 'enum', values: ['loose', 'strict'], default: 'loose' },
  all: { type: 'boolean' },
};

const short = (template: string, params = PARAMS): string[] =>
  kindsOfRun(template, params).map(({ isIncremental, hasWatermark, interval, values }) =>
    [
      isIncremental ? 'later' : 'first',
      ...(hasWatermark ? ['watermark'] : []),
      ...(interval ? ['interval'] : []),
      ...Object.entries(values).map(([name, value]) => `${name}=${value}`),
    ].join(' '),
  );

describe('the kinds of run for which a template can render differently', () => {
  test('are a first and a later run for a template without facts of the run', () => {
    expect(short('SELECT 1')).toEqual(['first', 'later watermark']);
  });

  test('a watermark adds the later run whose table is empty', () => {
    const kinds = short('{% if watermark_value %}WHERE a > {{ watermark_value }}{% endif %}');
    expect(kinds).toEqual(['first', 'later watermark', 'later']);
  });

  test('has_interval() adds each of them about a time, last', () => {
    const kinds = short('{% if has_interval() %}WHERE 1{% endif %}');
    expect(kinds).toEqual([
      'first',
      'later watermark',
      'first interval',
      'later watermark interval',
    ]);
  });

  test('a parameter in a condition adds every value that is not its default', () => {
    const inTag = "{%- if 'strict' in param('mode') -%}WHERE {{ param('all') }}{% endif %}";
    const word = ['first', 'later watermark', 'first mode=strict', 'later watermark mode=strict'];
    expect(short(inTag)).toEqual(word);
    expect(short("SELECT {{ 1 if 'strict' in param('mode') else 'x' }}")).toEqual(word);
    expect(short("{% if 'true' in param('all') %}1{% endif %}")).toEqual([
      'first',
      'later watermark',
      'first all=true',
      'later watermark all=true',
      'first all=false',
      'later watermark all=false',
    ]);
  });

  test('a parameter of which only the value renders adds none: its type stays', () => {
    expect(short('SELECT {{ param(\'mode\') }}, {{- param( "all" ) -}}')).toHaveLength(2);
  });

  test('a long list of words adds a bounded number', () => {
    const values = Array.from({ length: 500 }, (_, n) => `w${n}`);
    const kinds = short("{% if 'a' in param('mode') %}1{% endif %}", {
      mode: { type: 'enum', values },
    });
    expect(kinds).toHaveLength(2 + 2 * 16);
  });
});

test.each([
  ['SELECT 1', ['first']],
  ["SELECT {{ param('day') }}", ['first']],
  ['{% if has_interval() %}WHERE 1{% endif %}', ['first', 'first interval']],
  ['{% if is_incremental() %}WHERE 1{% endif %}', ['first', 'later']],
  ['{{ watermark_value }}', ['first', 'later', 'later']],
])('the template %s can differ in the runs %j', (template, expected) => {
  const kinds = distinctKinds(template, PARAMS).map(
    ({ isIncremental, interval }) =>
      `${isIncremental ? 'later' : 'first'}${interval ? ' interval' : ''}`,
  );
  expect(kinds).toEqual(expected);
});
