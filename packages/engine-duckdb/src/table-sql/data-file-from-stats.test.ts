import { expect, test } from '@jest/globals';
import { dataFileFromStats, partitionColumnName, type CopyStats } from './data-file-from-stats.ts';
import { unreachableFiles } from '../../../iceberg/src/commits/expire-files.ts';
import { metadataFileName, nextVersion } from '../../../iceberg/src/format/file-names.ts';
import { newTableMetadata } from '../../../iceberg/src/commits/new-table.ts';
import { UNPARTITIONED, type Schema } from '../../../iceberg/src/format/types.ts';

const field = (id: number, name: string, type: Schema['fields'][0]['type']) => ({
  id,
  name,
  type,
  required: false,
});
const schema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    field(1, 'd"x', 'double'),
    field(2, 'ts', 'timestamp'),
    field(3, 'st', { type: 'struct', fields: [field(4, 'a', 'int')] }),
  ],
};
const stats = (columnStatistics: CopyStats['columnStatistics']): CopyStats => ({
  filename: '/w/a b.parquet',
  count: '3',
  fileSizeBytes: '99',
  columnStatistics,
});

test('NaN and infinite times get no bounds, and struct members only sizes', () => {
  const file = dataFileFromStats(
    stats({
      '"d""x"': {
        column_size_bytes: '10',
        num_values: '3',
        null_count: '1',
        has_nan: 'true',
        min: '1',
        max: '2',
      },
      '"ts"': {
        column_size_bytes: '11',
        num_values: '3',
        null_count: '0',
        min: '1970-01-01 00:00:00',
        max: 'infinity',
      },
      '"st"."a"': { column_size_bytes: '12', num_values: '3', null_count: '0', min: '1', max: '2' },
    }),
    { schema, spec: UNPARTITIONED },
  );
  expect(file).toEqual({
    content: 'data',
    path: 'file:///w/a b.parquet',
    format: 'PARQUET',
    partition: {},
    specId: 0,
    recordCount: 3,
    fileSize: 99,
    columnSizes: { 1: 10, 2: 11, 4: 12 },
    valueCounts: { 1: 3, 2: 3 },
    nullCounts: { 1: 1, 2: 0 },
    nanCounts: {},
    lowerBounds: { 2: 'AAAAAAAAAAA=' },
    upperBounds: {},
  });
});

test('columns after the hundredth get no bounds, unless they are partition columns', () => {
  const fields = Array.from({ length: 120 }, (_, i) => field(i + 1, `c${i + 1}`, 'int'));
  const columns = Object.fromEntries(
    fields.map(({ name }) => [`"${name}"`, { min: '1', max: '2', num_values: '1' }]),
  );
  const file = dataFileFromStats(stats(columns), {
    schema: { ...schema, fields },
    spec: UNPARTITIONED,
  });
  expect(Object.keys(file.lowerBounds ?? {})).toHaveLength(100);
  const source = { 'source-id': 110, 'field-id': 1000, name: 'c110', transform: 'identity' };
  const divided = dataFileFromStats(
    { ...stats(columns), partitionKeys: { [partitionColumnName(1000)]: '1' } },
    { schema: { ...schema, fields }, spec: { 'spec-id': 0, fields: [source] } },
  );
  expect(Object.keys(divided.lowerBounds ?? {})).toHaveLength(101);
  expect(divided.lowerBounds?.[110]).toBeDefined();
});

test('a partition’s value is required, and a binary value is parsed from DuckDB’s text', () => {
  const spec = {
    'spec-id': 1,
    fields: [{ 'source-id': 9, 'field-id': 1000, name: 'b', transform: 'identity' }],
  };
  const binary = { ...schema, fields: [field(9, 'b', 'binary')] };
  expect(() => dataFileFromStats(stats({}), { schema: binary, spec })).toThrow('partition b');
  const keyed = { ...stats({}), partitionKeys: { [partitionColumnName(1000)]: '\\x00\\xFFab' } };
  expect(dataFileFromStats(keyed, { schema: binary, spec }).partition).toEqual({
    1000: '00FF6162',
  });
});

test('metadata versions continue after those of other writers too', () => {
  expect(metadataFileName(7, 'u')).toBe('00007-u.metadata.json');
  expect(nextVersion(undefined)).toBe(0);
  expect(nextVersion('file:///t/metadata/00007-0190a2b4-0000.metadata.json')).toBe(8);
  expect(nextVersion('s3://b/t/metadata/v3.metadata.json')).toBe(4);
  expect(() => nextVersion('file:///t/metadata/current.json')).toThrow('no version');
});

test('no file may be deleted when a remaining file is unreadable or the table forbids it', async () => {
  const one = (id: bigint) => ({
    'snapshot-id': id,
    'sequence-number': Number(id),
    'timestamp-ms': 1,
    summary: {},
    'manifest-list': `l${id}`,
  });
  const after = {
    ...newTableMetadata({ location: 'file:///t', uuid: 'u', schema, nowMs: 1 }),
    snapshots: [one(2n)],
  };
  const before = { ...after, snapshots: [one(1n), one(2n)] };
  const options = {
    before,
    after,
    readManifestList: (uri: string) =>
      uri === 'l2' ? Promise.reject(new Error('unreadable')) : Promise.resolve([]),
    readManifest: () => Promise.resolve([]),
    isMissing: () => true,
  };
  await expect(unreachableFiles(options)).rejects.toThrow('unreadable');
  const forbidden = { ...after, properties: { 'gc.enabled': 'false' } };
  expect(await unreachableFiles({ ...options, after: forbidden })).toEqual({
    dataFiles: [],
    manifests: [],
    manifestLists: [],
    statistics: [],
  });
});
