import { describe, expect, test } from '@jest/globals';
import { partitionBy, partitionByIssues } from './partition-by.ts';
import { pipelineConfig } from './pipeline-files.ts';

describe('partition_by', () => {
  test('columns, pairs and text mean the same', () => {
    const expected = [
      { column: 'region', transform: 'identity' },
      { column: 'at', transform: 'identity' },
    ];
    expect(partitionBy({ partition_by: 'region, at' })).toEqual(expected);
    expect(partitionBy({ partition_by: ['region', 'at'] })).toEqual(expected);
    expect(partitionBy({ partition_by: ['region', { column: 'at' }] })).toEqual(expected);
    expect(partitionBy({})).toEqual([]);
    expect(partitionBy({ partition_by: [{ column: 'at', transform: 'truncate[4]' }] })).toEqual([
      { column: 'at', transform: 'truncate[4]' },
    ]);
  });

  test.each(['bucket[16]', 'truncate[0]', 'truncate', 'MONTH', 'void'])(
    'the transform %s is refused, and those that are offered are named',
    (transform) => {
      const { error } = pipelineConfig.safeParse({ partition_by: [{ column: 'id', transform }] });
      expect(error?.issues).toEqual([
        expect.objectContaining({
          path: ['partition_by', 0, 'transform'],
          message: `${transform} is not offered; the transforms are identity, year, month, day, hour, truncate[n]`,
        }),
      ]);
    },
  );

  test('a column that has no name, or is listed twice, is refused', () => {
    expect(partitionByIssues({ partition_by: ['at', { column: 'AT', transform: 'day' }] })).toEqual(
      [{ key: 'partition_by', message: 'names a column twice' }],
    );
    expect(partitionByIssues({ partition_by: 'at,' })).toEqual([
      { key: 'partition_by', message: 'names a column without a name' },
    ]);
    expect(partitionByIssues({ partition_by: 'at' })).toEqual([]);
  });
});
