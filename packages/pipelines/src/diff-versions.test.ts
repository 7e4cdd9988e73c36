import { describe, expect, test } from '@jest/globals';
import { diffVersions, versionFiles, type VersionContent } from './diff-versions.ts';

const BEFORE: VersionContent = {
  sql: 'SELECT 1 AS a\n',
  config: {
    max_retries: 1,
    description: 'orders',
    concurrency: { limit: 1, on_conflict: 'queue' },
  },
  qualityTests: [
    { name: 'gone', sql: 'SELECT 1\n', severity: 'error' },
    { name: 'kept', sql: 'SELECT 2\n', severity: 'error' },
  ],
};

describe('the difference of two versions', () => {
  test('it names every file and every setting that differs, and no other', () => {
    const after: VersionContent = {
      sql: 'SELECT 2 AS a\n',
      config: { max_retries: 2, concurrency: { on_conflict: 'queue', limit: 1 }, pool: 'heavy' },
      qualityTests: [
        { name: 'kept', sql: 'SELECT 2\n', severity: 'warn', tags: ['x'] },
        { name: 'added', sql: 'SELECT 3\n', severity: 'error' },
      ],
    };
    expect(diffVersions(BEFORE, after)).toEqual({
      files: [
        {
          path: 'pipeline.sql',
          status: 'changed',
          added: 1,
          removed: 1,
          diff: '--- a/pipeline.sql\n+++ b/pipeline.sql\n@@ -1,1 +1,1 @@\n-SELECT 1 AS a\n+SELECT 2 AS a\n',
          settings: [],
        },
        {
          path: 'tests/quality/added.sql',
          status: 'added',
          added: 1,
          removed: 0,
          diff: '--- /dev/null\n+++ b/tests/quality/added.sql\n@@ -0,0 +1,1 @@\n+SELECT 3\n',
          settings: [{ key: 'severity', from: undefined, to: 'error' }],
        },
        {
          path: 'tests/quality/gone.sql',
          status: 'removed',
          added: 0,
          removed: 1,
          diff: '--- a/tests/quality/gone.sql\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-SELECT 1\n',
          settings: [{ key: 'severity', from: 'error', to: undefined }],
        },
        {
          path: 'tests/quality/kept.sql',
          status: 'changed',
          added: 0,
          removed: 0,
          diff: '',
          settings: [
            { key: 'severity', from: 'error', to: 'warn' },
            { key: 'tags', from: undefined, to: ['x'] },
          ],
        },
      ],
      config: [
        { key: 'description', from: 'orders', to: undefined },
        { key: 'max_retries', from: 1, to: 2 },
        { key: 'pool', from: undefined, to: 'heavy' },
      ],
    });
  });

  test('equal versions do not differ', () => {
    expect(diffVersions(BEFORE, BEFORE)).toEqual({ files: [], config: [] });
  });

  test('the files of a version are its SQL and its quality tests', () => {
    expect(versionFiles(BEFORE)).toEqual({
      'pipeline.sql': 'SELECT 1 AS a\n',
      'tests/quality/gone.sql': 'SELECT 1\n',
      'tests/quality/kept.sql': 'SELECT 2\n',
    });
  });
});
