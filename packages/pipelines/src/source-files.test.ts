import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PipelineConfig, QualityTest } from '@rat/contracts';
import { contentHash } from './content-hash.ts';
import { definePipeline } from './define-pipeline.ts';
import { parseConfigYaml } from './parse-config-yaml.ts';
import { setInConfigText } from './set-in-config-text.ts';
import { keptConfigText, sharesConfigText, toSource } from './source-content.ts';
import { findSourceFile, removeSourceFile, toFiles, writeSourceFile } from './source-files.ts';
import { parseTestSettings } from './test-settings.ts';
import { writeConfigYaml } from './write-config-yaml.ts';

const ref = { namespace: 'shop', layer: 'gold', name: 'orders' } as const;

interface Version {
  sql: string;
  config: PipelineConfig;
  qualityTests: QualityTest[];
}

function filesOf(version: Version): Map<string, string> {
  return toFiles(toSource(version));
}

/** The version that these files make, as `apply` reads them. */
function versionOf(files: ReadonlyMap<string, string>): Version {
  const tests = [...files].flatMap(([path, sql]) => {
    const file = findSourceFile(path);
    return file?.kind === 'test' ? [{ name: file.name, sql }] : [];
  });
  const names = tests.map(({ name }) => name);
  const { settings, mistakes } = parseTestSettings(files.get('tests/quality.yaml') ?? '', names);
  expect(mistakes).toEqual([]);
  return definePipeline({
    ref,
    sql: files.get('pipeline.sql') ?? '',
    config: files.get('config.yaml'),
    qualityTests: tests.map((one) => ({ ...settings.get(one.name), ...one })),
  });
}

const words = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    fc.constantFrom('yes', 'NULL', '~', '0x10', '1e3', '1.10', 'a: b', '- a', '#', 'a\nb\n', ' a '),
    fc.constantFrom('a\r\nb', '\t', "it's", '"', '{', '[', '%YAML', '---', '...', '&a', '*a', '!x'),
  )
  .filter((text) => !text.includes('\0') && text.isWellFormed());
const settings = fc.record(
  {
    description: words,
    timeout_seconds: fc.integer({ min: 1, max: 86_400 }),
    retry_delay_seconds: fc.constantFrom(0, 0.5, 1.25, 3_600),
    archive_landing_zones: fc.boolean(),
    concurrency: fc.record({ limit: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: [] }),
    tests: fc.array(
      fc.record({
        accepted_values: fc.record({
          column: words,
          values: fc.array(fc.oneof(words, fc.integer(), fc.boolean()), {
            minLength: 1,
            maxLength: 4,
          }),
        }),
      }),
      { maxLength: 1 },
    ),
  },
  { requiredKeys: [] },
);
const facts = fc.record(
  {
    severity: fc.constantFrom('error' as const, 'warn' as const),
    description: words,
    tags: fc.array(words, { maxLength: 3 }),
    remediation: words,
  },
  { requiredKeys: ['severity'] },
);

describe('the files of a version', () => {
  test('make the same version again, with any settings at any place', () => {
    fc.assert(
      fc.property(
        settings,
        fc.array(facts, { maxLength: 3 }),
        fc.boolean(),
        (config, all, note) => {
          const version = definePipeline({
            ref,
            sql: `${note ? '-- @max_retries: 2\n-- @description: noted\n' : ''}SELECT 1 AS n`,
            config,
            qualityTests: all.map((one, index) => ({
              ...one,
              name: `t${index}`,
              sql: `${note ? '-- @tags: a, b\n' : ''}SELECT 1 WHERE false`,
            })),
          });
          const files = filesOf(version);
          const again = versionOf(files);
          expect(contentHash(again)).toBe(contentHash(version));
          expect([...filesOf(again)]).toEqual([...files]);
          expect(keptConfigText(files.get('config.yaml') ?? '', again)).toBeUndefined();
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  test('do not repeat the setting of an annotation', () => {
    const sql =
      '-- @max_retries: 2\n-- @unique_key: a, b\n-- @merge_strategy: incremental\nSELECT 1';
    const version = definePipeline({ ref, sql, config: { pool: 'heavy' } });
    expect(version.config).toMatchObject({ max_retries: 2 });
    expect(Object.fromEntries(filesOf(version))).toEqual({
      'config.yaml': 'pool: heavy\n',
      'pipeline.sql': sql,
    });
  });

  test('are sorted, with sorted keys', () => {
    const config: PipelineConfig = { pool: 'a', concurrency: { on_conflict: 'skip', limit: 2 } };
    const tests = ['b', 'a'].map((name) => ({ name, sql: 'SELECT 1', severity: 'warn' as const }));
    const files = filesOf({ sql: 'SELECT 1', config, qualityTests: tests });
    expect([...files.keys()]).toEqual([
      'config.yaml',
      'pipeline.sql',
      'tests/quality.yaml',
      'tests/quality/a.sql',
      'tests/quality/b.sql',
    ]);
    expect(files.get('config.yaml')).toBe(
      'concurrency:\n  limit: 2\n  on_conflict: skip\npool: a\n',
    );
    expect(files.get('tests/quality.yaml')).toBe('a:\n  severity: warn\nb:\n  severity: warn\n');
  });

  test('settings that are longer than a configuration may be are JSON, which reads the same', () => {
    const long = { description: 'x'.repeat(200_000), b: [1], a: { d: 1, c: 2 } };
    const text = writeConfigYaml(long);
    expect(text.startsWith('{"a":{"c":2,"d":1},"b":[1],')).toBe(true);
    expect(parseConfigYaml(text).value).toEqual(long);
  });
});

describe('one written file', () => {
  const version = definePipeline({
    ref,
    sql: '-- @max_retries: 2\nSELECT 1 AS n',
    config: { pool: 'heavy' },
    qualityTests: [{ name: 'few', sql: '-- @severity: warn\nSELECT 1', tags: ['a'] }],
  });

  test('a removed annotation takes its setting with it', () => {
    const sql = 'SELECT 2 AS n';
    const written = writeSourceFile(toSource(version), { kind: 'pipeline', text: sql });
    expect(written).toMatchObject({ sql, config: { pool: 'heavy' } });
    const test = { kind: 'test', name: 'few', text: 'SELECT 3' } as const;
    expect(writeSourceFile(toSource(version), test).qualityTests).toEqual([
      { name: 'few', sql: 'SELECT 3', tags: ['a'] },
    ]);
  });

  test('every other file stays as it was', () => {
    const before = toFiles(toSource(version));
    const config = { kind: 'config', text: 'pool: b # two\n', config: { pool: 'b' } } as const;
    const after = toFiles(writeSourceFile(toSource(version), config));
    expect([...after]).toEqual(
      [...before].map(([path, text]) =>
        path === 'config.yaml' ? [path, config.text] : [path, text],
      ),
    );
    for (const path of ['pipeline.sql', 'config.yaml', 'tests/quality/few.sql']) {
      const file = findSourceFile(path);
      if (file === undefined || file.kind === 'test settings') throw new Error(path);
      const left = toFiles(removeSourceFile(toSource(version), file));
      expect(left.has(path)).toBe(false);
    }
  });

  test.each([
    'pipeline.py',
    'config.yml',
    'tests/quality/Few.sql',
    'tests/quality/a/b.sql',
    'tests/quality/.sql',
    'tests/other/a.sql',
    '',
    'pipeline.sql/',
    '/pipeline.sql',
  ])('%j names no file', (path) => {
    expect(findSourceFile(path)).toBeUndefined();
  });
});

test('the text of a configuration belongs to settings only while SQL sets the same ones', () => {
  const one = { config: { max_retries: 2 }, sql: '-- @max_retries: 2\nSELECT 1' };
  expect(sharesConfigText(one, { ...one, sql: '-- @max_retries: 2\nSELECT 2' })).toBe(true);
  expect(sharesConfigText(one, { ...one, sql: 'SELECT 1' })).toBe(false);
  expect(sharesConfigText(one, { ...one, config: { max_retries: 3 } })).toBe(false);
});

test.each([
  ['# a\nmax_retries: 2 # b\n', 'New', '# a\nmax_retries: 2 # b\ndescription: New\n'],
  ['description: Old # why\npool: a\n', 'New', 'description: New # why\npool: a\n'],
  ['# a\n\ndescription: Old\npool: a\n', undefined, '# a\n\npool: a\n'],
  ['', 'New', 'description: New\n'],
  ['- a\n', 'New', undefined],
  ['a: [', 'New', undefined],
])('the description of %j set to %j makes %j', (text, value, expected) => {
  expect(setInConfigText(text, 'description', value)).toBe(expected);
});

describe('parseTestSettings', () => {
  test.each([
    ['few:\n  severity: loud\n', 'few.severity', 2],
    ['few:\n  sevrity: warn\n', 'few.sevrity: unknown key; did you mean severity?', 2],
    ["few:\n  tags: [a, '']\n", 'few.tags.1', 2],
    ['few: {}\nmany:\n  severity: warn\n', 'there is no tests/quality/many.sql', 2],
    ['- few\n', 'must be a mapping', undefined],
    ['few: [', 'Flow', 1],
  ])('%j is refused with its line', (text, message, line) => {
    const { mistakes } = parseTestSettings(text, ['few']);
    expect(mistakes[0]?.message).toContain(message);
    expect(mistakes[0]?.line).toBe(line);
  });
});
