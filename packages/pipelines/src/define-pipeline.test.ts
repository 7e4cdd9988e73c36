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
  test('annotations win over the file, field by field', () => {
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

  test('a mistyped key is refused in both places, with the keys there are', () => {
    const issues = issuesOf({ sql: '\n-- @max_retry: 3\nselect 1', config: { timeout: 5 } });
    expect(issues).toMatchObject([
      { path: 'config.timeout', message: expect.stringContaining('timeout_seconds') },
      { path: 'sql:@max_retry', line: 2, column: 4 },
    ]);
  });

  test('a mistyped merge strategy is refused, not replaced by the default', () => {
    expect(issuesOf({ sql: '-- @merge_strategy: incremental_\nselect 1' })).toMatchObject([
      { path: 'sql:@merge_strategy', line: 1 },
    ]);
  });

  test('a known key without a colon, without a value, or set twice is refused', () => {
    const sql =
      '-- @max_retries 3\n-- @timeout_seconds:\n-- @description: a\n-- @description: b\nselect 1';
    expect(issuesOf({ sql }).map((issue) => issue.line)).toEqual([1, 2, 4]);
  });

  test('an ordinary comment that begins with @ is left alone', () => {
    expect(issuesOf({ sql: '-- @alice please look\nselect 1' })).toEqual([]);
  });

  test('a key whose value was forgotten in YAML is not read as zero', () => {
    expect(issuesOf({ sql: 'select 1', config: { max_retries: null } })).toMatchObject([
      { path: 'config.max_retries' },
    ]);
  });

  test.each([[[]], ['text'], [3]])('a config that is no mapping is refused: %j', (config) => {
    expect(issuesOf({ sql: 'select 1', config })).toMatchObject([{ path: 'config' }]);
  });

  test('a merge strategy without its key, from wherever the two come', () => {
    expect(issuesOf({ sql: '-- @partition_by: a, A\nselect 1' })).toEqual([
      { path: 'config.partition_by', message: 'names a column twice' },
    ]);
    const bucket = { partition_by: [{ column: 'a', transform: 'bucket[4]' }] };
    expect(issuesOf({ sql: 'select 1', config: bucket })).toEqual([
      {
        path: 'config.partition_by',
        message:
          '0.transform: bucket[4] is not offered; the transforms are identity, year, month, day, hour, truncate[n]',
      },
    ]);
    const annotated = { sql: '-- @merge_strategy: incremental\nselect 1' };
    expect(issuesOf(annotated)).toMatchObject([{ path: 'config.unique_key' }]);
    expect(issuesOf({ ...annotated, config: { unique_key: 'a' } })).toEqual([]);
    expect(issuesOf({ sql: '-- @unique_key: a\nselect 1' })).toMatchObject([
      { path: 'config.unique_key', message: 'merge_strategy full_refresh does not use it' },
    ]);
  });

  test('both sides of is_incremental() must compile', () => {
    const later = 'select 1 {% if is_incremental() %}{{ a }}{% endif %}';
    const first = 'select 1 {% if not is_incremental() %}{{ b }}{% endif %}';
    expect(issuesOf({ sql: later })).toMatchObject([{ path: 'sql', message: 'a is not defined' }]);
    expect(issuesOf({ sql: first })).toMatchObject([{ path: 'sql', message: 'b is not defined' }]);
  });

  test('a test says its severity and description itself, and its annotation wins', () => {
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

  test('every mistake of every test is listed', () => {
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

  test('a test keeps what its annotations say of it', () => {
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

  test('built-in tests are part of the configuration, and a mistake in one is told with its place', () => {
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
      { path: 'config.tests', message: expect.stringMatching(/^0\.row_count: .*"mix"/) },
    ]);
  });

  test('two tests of one name are refused, of whichever kind', () => {
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
