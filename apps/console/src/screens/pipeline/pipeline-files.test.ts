import { expect, test } from '@jest/globals';
import { areSame, fileOfIssue, filesOf, toContent } from './pipeline-files.ts';
import type { TaggedPipeline } from './pipeline-place.ts';

const pipeline = {
  sql: 'SELECT 1',
  config: { merge_strategy: 'incremental' },
  config_yaml: null,
  quality_tests: [{ name: 'no_gaps', sql: 'SELECT 2', severity: 'warn' }],
} as unknown as TaggedPipeline['pipeline'];

test('an edited test keeps its settings, and settings that nobody changed are sent as they were', () => {
  const files = { ...filesOf(pipeline), 'tests/quality/no_gaps.sql': 'SELECT 3' };
  expect(toContent(files, pipeline)).toEqual({
    sql: 'SELECT 1',
    config: { merge_strategy: 'incremental' },
    quality_tests: [{ name: 'no_gaps', sql: 'SELECT 3', severity: 'warn' }],
  });
});

test('settings that a person changed are sent as the text on the screen', () => {
  const files = { ...filesOf(pipeline), 'config.yaml': 'merge_strategy: append\n' };
  expect(toContent(files, pipeline).config).toBe('merge_strategy: append\n');
});

test('an issue is shown in the file that its path names', () => {
  expect(fileOfIssue('sql')).toBe('pipeline.sql');
  expect(fileOfIssue('config.unique_key')).toBe('config.yaml');
  expect(fileOfIssue('quality_tests.no_gaps.sql')).toBe('tests/quality/no_gaps.sql');
});

test('a file that was added makes files differ', () => {
  const files = filesOf(pipeline);
  expect(areSame(files, filesOf(pipeline))).toBe(true);
  expect(areSame(files, { ...files, 'tests/quality/new.sql': '' })).toBe(false);
});
