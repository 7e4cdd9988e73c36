import { describe, expect, test } from '@jest/globals';
import { pipelineConfig } from '@rat/contracts';
import { parseConfigYaml } from './parse-config-yaml.ts';

function accepted(values: string): unknown {
  const yaml = `tests:\n  - accepted_values: { column: a, values: [${values}] }\n`;
  const { value, mistakes } = parseConfigYaml(yaml);
  return mistakes.length > 0
    ? mistakes
    : pipelineConfig.parse(value).tests?.[0]?.accepted_values?.values;
}

const bomb = (): string =>
  ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
    .map((key, index) => {
      const alias = `*${'abcdefgh'[index]}`;
      return `${key}: &${key} [${Array.from({ length: 9 }, () => alias).join(', ')}]`;
    })
    .join('\n');

describe('parseConfigYaml', () => {
  test.each<[string, unknown[]]>([
    ['1, -2, 1.5', [1, -2, 1.5]],
    ['12345678901234567890', ['12345678901234567890']],
    ['9007199254740993', ['9007199254740993']],
    ['1.10, 0.1234567890123456789', ['1.10', '0.1234567890123456789']],
    ['007, "007", 1e3, 0x10, 1_000', ['007', '007', '1e3', '0x10', '1_000']],
    ['true, True, yes, no, on', [true, 'True', 'yes', 'no', 'on']],
    ['2024-01-01, 12:30:45', ['2024-01-01', '12:30:45']],
  ])('an accepted value keeps every digit that was written: %s', (values, kept) => {
    expect(accepted(values)).toEqual(kept);
  });

  test.each<[string, string, number]>([
    ['timeout_seconds: 007', 'plain decimal digits', 1],
    ['a: b\ntimeout_seconds: 0x10', 'write 16', 2],
    ['timeout_seconds: 1e3', 'write 1000', 1],
    ['timeout_seconds: 12345678901234567890', 'plain decimal digits', 1],
    ['timeout_seconds: .inf', 'no number', 1],
    ['max_retries: 1\nmax_retries: 2', 'sets a key twice', 2],
    ['max_retries: 1\n---\nmax_retries: 2', 'one document', 2],
    ['concurrency:\n\tlimit: 1', 'Tabs', 2],
    ['%YAML 1.1\n---\npool: yes', '%YAML', 1],
    ['base: &a {limit: 1}\nconcurrency:\n  <<: *a', 'merge key', 3],
    ['description: !!str 5', 'tag', 1],
    ['description: !foo 5', 'tag', 1],
    ['description: *nope', 'no anchor', 1],
    ['description: &a [*a]', 'alias within', 1],
    ['? [a]\n: 1', 'a key must be a name', 0],
    ['1: a', 'a key must be a name', 1],
    ['tests: [1', 'Flow sequence', 1],
    [`a: &a [x]\n${bomb()}`, 'alias within', 2],
    [`a: &a [x]\nb: [${'*a, '.repeat(101)}]`, 'more than 100 aliases', 2],
    ['a: ' + '['.repeat(20_000), 'nested too deeply', 1],
    ['- '.repeat(50_000), 'nested too deeply', 1],
    ['? '.repeat(50_000), 'nested too deeply', 1],
    [
      'a:\n' + Array.from({ length: 300 }, (_, n) => `${' '.repeat(n + 1)}b:`).join('\n'),
      'nested too deeply',
      202,
    ],
  ])('YAML that parsers interpret differently is refused with its line: %j', (yaml, says, line) => {
    const { value, mistakes } = parseConfigYaml(yaml);
    expect(value).toBeUndefined();
    expect(mistakes[0]?.message).toContain(says);
    if (line > 0) expect(mistakes[0]?.line).toBe(line);
  });

  test('YAML with a few aliases, quoted text or no content is accepted', () => {
    expect(parseConfigYaml('a: &k [id]\nb: *k\nc: "1"\n').value).toEqual({
      a: ['id'],
      b: ['id'],
      c: '1',
    });
    expect(parseConfigYaml('# nothing\n')).toMatchObject({ value: undefined, mistakes: [] });
    expect(parseConfigYaml('\n\nmax_retries: 2').placeOf('max_retries')).toEqual({
      line: 3,
      column: 1,
    });
  });
});

describe('the place of a path in a YAML text', () => {
  const { placeOf } = parseConfigYaml(
    'tests:\n  - not_null: id\n  - &b { unique: [id, name] }\n  - *b\na.b:\n  c: 1\n',
  );

  test.each<[string[], number, number]>([
    [['tests'], 1, 1],
    [['tests', '0'], 2, 5],
    [['tests', '0', 'not_null'], 2, 5],
    [['tests', '1', 'unique', '1'], 3, 23],
    [['tests', '2'], 4, 5],
    [['tests', '2', 'unique'], 3, 10],
    [['tests', '9', 'unique'], 1, 1],
    [['tests', '0', 'nope', 'deeper'], 2, 5],
    [['a', 'b', 'c'], 6, 3],
  ])('is that of the deepest key or item that is there: %j', (path, line, column) => {
    expect(placeOf(...path)).toEqual({ line, column });
  });

  test('is undefined where nothing of it is there', () => {
    expect(placeOf('nope')).toBeUndefined();
    expect(parseConfigYaml('- a\n').placeOf('x')).toBeUndefined();
  });
});

describe('a number of the configuration', () => {
  test.each([
    true,
    false,
    null,
    [5],
    [],
    {},
    '0x10',
    '1e3',
    '007',
    '1_000',
    ' 5',
    '5.0',
    '-1',
    '',
    1.5,
    1e20,
  ])('%j is not accepted as a number of the configuration', (value) => {
    for (const key of ['timeout_seconds', 'max_retries']) {
      expect(pipelineConfig.safeParse({ [key]: value }).success).toBe(false);
    }
    expect(pipelineConfig.safeParse({ concurrency: { limit: value } }).success).toBe(false);
  });

  test('a number of the configuration may be a number, or the digits of an annotation', () => {
    expect(
      pipelineConfig.parse({ timeout_seconds: '60', max_retries: 0, retry_delay_seconds: '1.5' }),
    ).toEqual({
      timeout_seconds: 60,
      max_retries: 0,
      retry_delay_seconds: 1.5,
    });
  });

  test('null is refused as an accepted value, with the hint that NULL always passes', () => {
    const check = (value: unknown) =>
      pipelineConfig.safeParse({ tests: [{ accepted_values: { column: 'a', values: [value] } }] });
    expect(JSON.stringify(check(null).error?.issues)).toContain('NULL always passes');
    expect(check(2 ** 53 - 1).success).toBe(true);
  });
});
