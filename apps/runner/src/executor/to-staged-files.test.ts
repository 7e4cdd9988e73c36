import { expect, test } from '@jest/globals';
import { toStagedFiles } from './to-staged-files.ts';

const stage = (...paths: string[]) =>
  toStagedFiles(
    {
      type: 'staged',
      files: paths.map((path) => ({ path })),
      schema: { type: 'struct', 'schema-id': 0, fields: [] },
      lastColumnId: 0,
      spec: { 'spec-id': 0, fields: [] },
      removed: [],
      rows: 0,
      rowsDeleted: 0,
      bytes: 0,
      columns: [],
    },
    "/lake/a b's/staging",
  );

test('files in the staging folder are accepted unchanged', () => {
  const path = "file:///lake/a b's/staging/part_0.parquet";
  expect(stage(path).files).toEqual([{ path }]);
});

test.each([
  'file:///lake/other/part_0.parquet',
  "file:///lake/a b's/staging/../../other/part_0.parquet",
  "file:///lake/a b's/staging/deeper/part_0.parquet",
  "file:///lake/a b's/staging/..",
  "/lake/a b's/staging/part_0.parquet",
  's3://lake/part_0.parquet',
])('%s is refused, since the child cannot have staged it', (path) => {
  expect(() => stage("file:///lake/a b's/staging/part_0.parquet", path)).toThrow(TypeError);
});
