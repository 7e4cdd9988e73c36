import { expect, test } from '@jest/globals';
import { fileFormat } from './file-format.ts';

test.each([
  ['a.csv', 'csv'],
  ['A.CSV.GZ', 'csv'],
  ['a.tsv', 'csv'],
  ['a.ndjson.zst', 'json'],
  ['a.parquet', 'parquet'],
  ['a.parquet.gz', undefined],
  ['a.xlsx', undefined],
  ['csv', undefined],
])('a file named %s is read as %s', (name, format) => {
  expect(fileFormat(name)).toBe(format);
});
