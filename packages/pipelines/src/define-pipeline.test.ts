import { describe, expect, test } from '@jest/globals';
import { UnprocessableError, type Issue } from '@rat/domain';
import { definePipeline, type PipelineSource } from './define-pipeline.ts';

const ref = { namespace: 'shop', layer: 'silver', name: 'orders' } as const;

function issuesOf(source: Omit<PipelineSource, 'ref'>): readonly Issue[] {
  try {
    definePipeline({ ref, ...source });
  } catch (error) {
    if (error instanceof UnprocessableError) return error.issues;
    throw error;
  }
  return [];
}

describe('definePipeline', () => {
  test('annotations override the file’s fields one by one', () => {
    const sql = '-- @max_retries: 3\nselect 1';
    const { config } = definePipeline({
      ref,
      sql,
      config: { max_retries: 1, timeout_seconds: 60 },
    });
    expect(config).toEqual({ max_retries: 3, timeout_seconds: 60 });
  });

  test('a pipeline without config and tests has empty ones', () => {
    expect(definePipeline({ ref, sql: 'select 1' })).toEqual({
      ref,
      sql: 'select 1',
      config: {},
      qualityTests: [],
    });
  });

  test('a misspelled key is refused in file and annotation, with the list of known keys', () => {
    const issues = issuesOf({ sql: '\n-- @max_retry: 3\nselect 1', config: { timeout: 5 } });
    expect(issues).toMatchObject([
      { path: 'config.timeout', message: expect.stringContaining('timeout_seconds') },
      { path: 'sql:@max_retry', line: 2, column: 4 },
    ]);
  });

  test('a misspelled merge strategy is refused, not replaced by the default', () => {
    expect(issuesOf({ sql: '-- @merge_strategy: incremental_\nselect 1' })).toMatchObject([
      { path: 'sql:@merge_strategy', line: 1 },
    ]);
  });

  test('a known key without a colon, without a value, or set twice is refused', () => {
    const sql =
      '-- @max_retries 3\n-- @timeout_seconds:\n-- @description: a\n-- @description: b\nselect 1';
    expect(issuesOf({ sql }).map((issue) => issue.line)).toEqual([1, 2, 4]);
  });

  test('an ordinary comment that begins with @ is accepted', () => {
    expect(issuesOf({ sql: '-- @alice please look\nselect 1' })).toEqual([]);
  });

  test.each([
    '{# orders of a day #}\n-- @merge_strategy: append_only\nSELECT 1 AS a',
    '\uFEFF\n{% set x = 1 %}\n\t--@merge_strategy:append_only\r\nSELECT 1 AS a',
  ])(
    'a setting above the first statement is applied, also below tags without output: %j',
    (sql) => {
      expect(definePipeline({ ref, sql }).config).toEqual({ merge_strategy: 'append_only' });
    },
  );

  test.each([
    ['SELECT 1 AS id\n-- @merge_strategy: append_only', 2],
    ['{% if true %}\n-- @merge_strategy: append_only\n{% endif %}SELECT 1', 2],
    ['/* @merge_strategy: append_only */ SELECT 1', 1],
    ['-- @merge_strategy = append_only\nSELECT 1', 1],
    ['-- @merge_strategy append_only\nSELECT 1', 1],
    ['-- @merge_strategi append_only\nSELECT 1', 1],
    ['-- @merge_strategy： append_only\nSELECT 1', 1],
    ["{{ '-- @merge_strategy: append_only' }}\nSELECT 1", undefined],
    ["{% set s = '-- @merge_' ~ 'strategy: append_only' %}{{ s }}\nSELECT 1", undefined],
    ["-- @max_retries: 1\n{{ '-- @max_retries: 2' }}\nSELECT 1", undefined],
  ])('a setting without effect is refused with its line: %j', (sql, line) => {
    const issues = issuesOf({ sql });
    expect(issues).toHaveLength(1);
    expect(issues[0]?.line).toBe(line);
    expect(
      issuesOf({
        sql: 'select 1',
        qualityTests: [
          {
            name: 'a',
            sql: sql
              .replaceAll('merge_strategy', 'severity')
              .replaceAll('merge_strategi', 'severitty')
              .replaceAll("'-- @merge_' ~ 'strategy", "'-- @seve' ~ 'rity")
              .replaceAll('append_only', 'warn')
              .replaceAll('max_retries', 'remediation'),
          },
        ],
      }),
    ).toHaveLength(1);
  });

  test.each([
    ['-- @merge-strategy: append_only\nSELECT 1', 'merge_strategy'],
    ['-- @MergeStrategy: append_only\nSELECT 1', 'merge_strategy'],
    ['-- @timeout: 5\nSELECT 1', 'timeout_seconds'],
    ['-- @partiton_by: a\nSELECT 1', 'partition_by'],
    ['-- @poool: a\nSELECT 1', 'pool'],
  ])('a key similar to a known one is refused with that key as a hint: %s', (sql, meant) => {
    expect(issuesOf({ sql })).toMatchObject([
      { message: expect.stringContaining(`did you mean ${meant}?`), line: 1 },
    ]);
  });

  test('a setting in a text or a commented-out block is accepted and has no effect', () => {
    const sql =
      "{# -- @max_retries: 3 #}\n-- -- @max_retries: 3\n/* -- @max_retries: 3 */\nSELECT '\n-- @max_retries: 3'";
    expect(definePipeline({ ref, sql }).config).toEqual({});
  });

  test('all templates of a pipeline share one deadline, and the first template past it is refused', () => {
    const slow =
      '{% set l = range(60000)|list %}{% for i in range(100000) %}{% set x = l|sort(reverse=true) %}{% endfor %}SELECT 1';
    const qualityTests = Array.from({ length: 200 }, (_, n) => ({
      name: `t${n}`,
      sql: n < 3 ? 'SELECT 1' : slow,
    }));
    const startedMs = performance.now();
    const paths: string[] = [];
    const define = (): unknown =>
      definePipeline(
        { ref, sql: 'SELECT 1', qualityTests },
        { timeoutMs: 500, onPath: (path) => paths.push(path) },
      );
    expect(define).toThrow('quality_tests.t3.sql: the template did not end in time');
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(paths.at(-1)).toBe('quality_tests.t3.sql');
  });

  test('a YAML key without a value is not read as zero', () => {
    expect(issuesOf({ sql: 'select 1', config: { max_retries: null } })).toMatchObject([
      { path: 'config.max_retries' },
    ]);
  });

  test.each([[[]], ['text'], [3]])('a config that is not a mapping is refused: %j', (config) => {
    expect(issuesOf({ sql: 'select 1', config })).toMatchObject([{ path: 'config' }]);
  });

  test('a merge strategy without its required key is refused, wherever the two are set', () => {
    expect(issuesOf({ sql: '-- @partition_by: a, A\nselect 1' })).toEqual([
      {
        path: 'sql:@partition_by',
        message: 'partition_by: names a column twice',
        line: 1,
        column: 4,
      },
    ]);
    const bucket = { partition_by: [{ column: 'a', transform: 'bucket[4]' }] };
    expect(issuesOf({ sql: 'select 1', config: bucket })).toEqual([
      {
        path: 'config.partition_by.0.transform',
        message:
          'bucket[4] is not offered; the transforms are identity, year, month, day, hour, truncate[n]',
      },
    ]);
    const annotated = { sql: '-- @merge_strategy: incremental\nselect 1' };
    expect(issuesOf(annotated)).toMatchObject([
      { path: 'sql:@merge_strategy', line: 1, message: expect.stringContaining('unique_key') },
    ]);
    expect(issuesOf({ ...annotated, config: { unique_key: 'a' } })).toEqual([]);
    const unused = 'merge_strategy full_refresh does not use it';
    expect(issuesOf({ sql: '-- @unique_key: a\nselect 1' })).toMatchObject([
      { path: 'sql:@unique_key', line: 1, message: `unique_key: ${unused}` },
    ]);
    expect(issuesOf({ sql: 'select 1', config: { unique_key: 'a' } })).toEqual([
      { path: 'config.unique_key', message: unused },
    ]);
  });

  test('a mistake in JSON settings is not placed at an annotation that it has nothing to do with', () => {
    const sql = '-- @merge_strategy: incremental\nselect 1';
    const config = { unique_key: 'a, A' };
    expect(issuesOf({ sql, config })).toEqual([
      { path: 'config.unique_key', message: 'names a column twice' },
    ]);
  });

  test('both sides of is_incremental() must compile', () => {
    const later = 'select 1 {% if is_incremental() %}{{ a }}{% endif %}';
    const first = 'select 1 {% if not is_incremental() %}{{ b }}{% endif %}';
    expect(issuesOf({ sql: later })).toMatchObject([{ path: 'sql', message: 'a is not defined' }]);
    expect(issuesOf({ sql: first })).toMatchObject([{ path: 'sql', message: 'b is not defined' }]);
  });

  test('a quality test’s annotations override its severity and description', () => {
    const sql =
      '-- @severity: warning\n-- @description: no negatives\n-- @tags: a, b\nfrom {{ this }}';
    const { qualityTests } = definePipeline({
      ref,
      sql: 'select 1',
      qualityTests: [
        { name: 'positive', sql, severity: 'error' },
        { name: 'other', sql: 'select 1' },
      ],
    });
    expect(qualityTests).toMatchObject([
      { name: 'positive', severity: 'warn', description: 'no negatives' },
      { name: 'other', severity: 'error' },
    ]);
  });

  test('every mistake of every quality test is listed', () => {
    const issues = issuesOf({
      sql: 'select 1',
      qualityTests: [
        { name: 'a', sql: '-- @sevrity: warn\nselect {{ x }}' },
        { name: 'a', sql: 'select 1' },
      ],
    });
    expect(issues.map((issue) => issue.path)).toEqual([
      'quality_tests.a:@sevrity',
      'quality_tests.a.sql',
      'quality_tests.a',
    ]);
  });

  test('a quality test keeps the values of its annotations', () => {
    const sql =
      '-- @severity: warn\n-- @description: d\n-- @tags: [pii, money]\n-- @remediation: ask Ann\nselect 1';
    const { qualityTests } = definePipeline({
      ref,
      sql: 'select 1',
      qualityTests: [{ name: 'kept', sql, tags: ['overridden'] }],
    });
    expect(qualityTests).toEqual([
      {
        name: 'kept',
        sql,
        severity: 'warn',
        description: 'd',
        tags: ['pii', 'money'],
        remediation: 'ask Ann',
      },
    ]);
  });

  test('built-in tests are part of the configuration, and a mistake in one is refused with its path', () => {
    const { config } = definePipeline({
      ref,
      sql: 'select 1',
      config: { tests: [{ not_null: 'a' }, { row_count: { min: 1 }, severity: 'warn' }] },
    });
    expect(config.tests).toEqual([
      { not_null: ['a'] },
      { row_count: { min: 1 }, severity: 'warn' },
    ]);
    expect(issuesOf({ sql: 'select 1', config: { tests: [{ row_count: { mix: 1 } }] } })).toEqual([
      {
        path: 'config.tests.0.row_count.mix',
        message: 'unknown key; did you mean min? the keys are min, max, max_change_pct',
      },
    ]);
  });

  test('an accepted value that JSON cannot represent is refused with its path', () => {
    const values = [1, 2 ** 53 - 1, 2 ** 53, '12345678901234567890'];
    const config = { tests: [{ accepted_values: { column: 'a', values } }] };
    expect(issuesOf({ sql: 'select 1', config })).toMatchObject([
      {
        path: 'config.tests.0.accepted_values.values.2',
        message: expect.stringContaining('quotes'),
      },
    ]);
  });

  test('two tests of the same name are refused, of either kind', () => {
    const twice = {
      tests: [{ not_null: 'a' }, { not_null: ['A'] }, { unique: 'b', name: 'mine' }],
    };
    const qualityTests = [{ name: 'mine', sql: 'select 1' }];
    expect(issuesOf({ sql: 'select 1', config: twice, qualityTests })).toMatchObject([
      { path: 'config.tests.1', message: expect.stringContaining('not_null_a') },
      { path: 'config.tests.2', message: expect.stringContaining('mine') },
    ]);
  });
});
