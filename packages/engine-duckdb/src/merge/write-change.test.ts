import { expect, test } from '@jest/globals';
import { refuseDeletes } from './write-change.ts';

test('a table with delete files of another engine is not rewritten', () => {
  const deletes = [
    {
      content: 'position_deletes' as const,
      path: 'file:///t/d.parquet',
      format: 'PARQUET',
      partition: {},
      specId: 0,
      recordCount: 1,
      fileSize: 1,
      sequenceNumber: 1,
    },
  ];
  const target = { lastColumnId: 1, lastPartitionId: 999, specs: [], files: [] };
  expect(() => refuseDeletes('incremental', { ...target, deletes })).toThrow(
    'merge_strategy incremental cannot rewrite a table with delete files',
  );
  expect(() => refuseDeletes('incremental', { ...target, deletes: [] })).not.toThrow();
});
