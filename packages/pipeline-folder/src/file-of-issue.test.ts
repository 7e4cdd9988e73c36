import { expect, test } from '@jest/globals';
import { inFile } from './file-of-issue.ts';

test.each<[string, string, string]>([
  ['sql', 'pipeline.sql', 'is wrong'],
  ['sql:@merge_strategy', 'pipeline.sql', '@merge_strategy: is wrong'],
  ['config', 'config.yaml', 'is wrong'],
  ['config.max_retries', 'config.yaml', 'max_retries: is wrong'],
  ['config.tests.6.row_count.mix', 'config.yaml', 'tests.6.row_count.mix: is wrong'],
  ['quality_tests.few.sql', 'tests/quality/few.sql', 'is wrong'],
  ['quality_tests.few', 'tests/quality/few.sql', 'is wrong'],
  ['quality_tests.few:@severity', 'tests/quality/few.sql', '@severity: is wrong'],
  ['quality_tests.few.tags.1', 'tests/quality/few.sql', 'tags.1: is wrong'],
  ['automation_yaml.schedules.nightly', 'automation.yaml', 'schedules.nightly: is wrong'],
  // A path of a request that leads to no file.
  ['quality_tests.3.severity', 'quality_tests.3.severity', 'is wrong'],
  ['limit', 'limit', 'is wrong'],
])('an issue with the path %s is one of the file %s', (path, file, message) => {
  expect(inFile({ path, message: 'is wrong' })).toEqual({ path: file, message });
});

test.each(['config.unique_key', 'sql:@unique_key'])(
  'a message that names its setting already does not name it twice: %s',
  (path) => {
    const message = 'unique_key: the result has no column nope';
    expect(inFile({ path, message })).toMatchObject({ message });
  },
);
