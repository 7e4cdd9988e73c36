import { describe, expect, test } from '@jest/globals';
import { mergeConfig, mergeConfigIssues } from './merge-config.ts';
import type { PipelineConfig } from './pipeline-files.ts';

describe('mergeConfigIssues', () => {
  test.each<PipelineConfig>([
    {},
    { merge_strategy: 'full_refresh', on_empty: 'keep', watermark_column: 'at' },
    { merge_strategy: 'append_only' },
    { merge_strategy: 'incremental', unique_key: 'a, b' },
    { merge_strategy: 'delete_insert', unique_key: ['a'] },
    { merge_strategy: 'scd2', unique_key: 'a', on_missing: 'close', scd_valid_from: 'since' },
    { merge_strategy: 'snapshot', partition_column: 'day' },
  ])('none for %j', (config) => {
    expect(mergeConfigIssues(config)).toEqual([]);
  });

  test.each<[PipelineConfig, string, string]>([
    [{ merge_strategy: 'incremental' }, 'unique_key', 'needs it'],
    [{ merge_strategy: 'delete_insert' }, 'unique_key', 'needs it'],
    [{ merge_strategy: 'scd2' }, 'unique_key', 'needs it'],
    [{ merge_strategy: 'snapshot' }, 'partition_column', 'needs it'],
    [{ unique_key: 'a' }, 'unique_key', 'full_refresh does not use it'],
    [{ merge_strategy: 'append_only', on_empty: 'keep' }, 'on_empty', 'does not use it'],
    [{ merge_strategy: 'incremental', unique_key: 'a,A' }, 'unique_key', 'twice'],
    [{ merge_strategy: 'incremental', unique_key: 'a,,b' }, 'unique_key', 'without a name'],
    [{ merge_strategy: 'scd2', unique_key: 'is_current' }, 'unique_key', 'scd2 makes itself'],
    [
      { merge_strategy: 'scd2', unique_key: 'a', scd_valid_to: 'valid_from' },
      'scd_valid_to',
      'different names',
    ],
  ])('%j: %s %s', (config, key, message) => {
    expect(mergeConfigIssues(config)).toEqual([{ key, message: expect.stringContaining(message) }]);
  });
});

test('mergeConfig reads one column, several, or a list', () => {
  const keysOf = (config: PipelineConfig) => mergeConfig(config).keys;
  expect(keysOf({ unique_key: ' a , b c ' })).toEqual(['a', 'b c']);
  expect(keysOf({ unique_key: ['a,b', 'c'] })).toEqual(['a,b', 'c']);
  expect(keysOf({ partition_column: 'day' })).toEqual(['day']);
});
