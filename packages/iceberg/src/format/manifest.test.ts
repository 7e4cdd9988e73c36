import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import { decodeAvroContainer, encodeAvroContainer } from './avro-container.ts';
import type { ManifestEntry } from './data-file.ts';
import { TableFormatError } from './errors.ts';
import { describeManifest, readManifestList, writeManifestList } from './manifest-list.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { partitionTypes } from './partition-types.ts';
import type { PartitionSpec, Schema } from './types.ts';

const schema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 1, name: 'id', required: false, type: 'long' },
    { id: 2, name: 'ts', required: false, type: 'timestamptz' },
    { id: 3, name: 'price', required: false, type: 'decimal(9, 2)' },
    { id: 4, name: 'my key', required: false, type: 'uuid' },
    { id: 5, name: 'f', required: false, type: 'double' },
    { id: 6, name: 'b', required: false, type: 'binary' },
    { id: 7, name: 'ok', required: false, type: 'boolean' },
    { id: 8, name: 'price2', required: false, type: 'decimal(9, 2)' },
  ],
};
const spec: PartitionSpec = {
  'spec-id': 3,
  fields: [
    { 'source-id': 2, 'field-id': 1000, name: 'ts_day', transform: 'day' },
    { 'source-id': 3, 'field-id': 1001, name: 'price', transform: 'identity' },
    { 'source-id': 4, 'field-id': 1002, name: 'my key', transform: 'identity' },
    { 'source-id': 1, 'field-id': 1003, name: 'id_bucket', transform: 'bucket[4]' },
    { 'source-id': 5, 'field-id': 1004, name: 'f', transform: 'identity' },
    { 'source-id': 6, 'field-id': 1005, name: 'b', transform: 'identity' },
    { 'source-id': 7, 'field-id': 1006, name: 'ok', transform: 'identity' },
    { 'source-id': 2, 'field-id': 1007, name: 'ts', transform: 'identity' },
    { 'source-id': 8, 'field-id': 1008, name: 'price2', transform: 'identity' },
  ],
};
const partition = {
  1000: '1969-12-31',
  1001: '-0.05',
  1002: 'f79c3e09-677c-4bbd-a479-3f349cb785e7',
  1003: '3',
  1004: 'nan',
  1005: '00FF',
  1006: 'true',
  1007: '1969-12-31 23:59:59.5+00',
  1008: null,
};
const entry: ManifestEntry = {
  status: 'existing',
  snapshotId: 7630481471073686895n,
  sequenceNumber: 4,
  fileSequenceNumber: 5,
  file: {
    content: 'data',
    path: 'file:///t/data/a b.parquet',
    format: 'PARQUET',
    partition,
    specId: 3,
    recordCount: 5_000_000_000,
    fileSize: 12,
    columnSizes: { 1: 40 },
    valueCounts: { 1: 3 },
    nullCounts: { 1: 0 },
    nanCounts: { 5: 0 },
    lowerBounds: { 1: 'AQAAAAAAAAA=' },
    upperBounds: { 1: 'CQAAAAAAAAA=' },
    sortOrderId: 0,
  },
};

describe('Avro container', () => {
  test('Avro containers with no long, with many blocks and with none survive a round trip', () => {
    const avro = {
      type: 'record',
      name: 'r',
      fields: [{ name: 'n', type: 'long', 'field-id': 7 }],
    };
    for (const count of [0, 1, 5000]) {
      const records = Array.from({ length: count }, (_, i) => ({ n: 2n ** 62n + BigInt(i) }));
      const bytes = encodeAvroContainer({ schema: avro, meta: { k: 'v' }, records });
      const back = decodeAvroContainer(bytes);
      expect(back.meta).toEqual({ k: 'v' });
      expect(back.schema).toEqual(avro);
      expect(back.records.map((record) => ({ ...(record as object) }))).toEqual(records);
      if (count > 0) {
        expect(() => decodeAvroContainer(bytes.subarray(0, -20))).toThrow(TableFormatError);
      }
    }
  });

  test('an unknown Avro codec is refused by name, and other bytes are refused too', () => {
    const header = avsc.Type.forSchema({ type: 'map', values: 'bytes' }).toBuffer({
      'avro.schema': Buffer.from('"long"'),
      'avro.codec': Buffer.from('zstandard'),
    });
    const bytes = Buffer.concat([Buffer.from('Obj\u0001'), header, Buffer.alloc(16)]);
    expect(() => decodeAvroContainer(bytes)).toThrow('zstandard');
    expect(() => decodeAvroContainer(Buffer.from('PAR1'))).toThrow('no Avro container');
  });
});

describe('manifests', () => {
  test('a manifest entry survives a round trip, through JSON too', () => {
    const manifest = readManifest(writeManifest({ entries: [entry], spec, schema }));
    expect(manifest).toEqual({ content: 'data', spec, schema, entries: [entry] });
    expect(JSON.parse(JSON.stringify(manifest.entries[0]?.file))).toEqual(entry.file);
  });

  test('an added manifest entry inherits its numbers', () => {
    const added: ManifestEntry = { status: 'added', file: entry.file };
    const manifest = readManifest(writeManifest({ entries: [added], spec, schema }));
    expect(manifest.entries).toEqual([added]);
  });

  test('counts and sizes of any magnitude in a manifest are exact', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (count, id) => {
        const file = { ...entry.file, recordCount: count, columnSizes: { 9: count } };
        const one = { ...entry, snapshotId: id, file };
        expect(readManifest(writeManifest({ entries: [one], spec, schema })).entries).toEqual([
          one,
        ]);
      }),
      { numRuns: 50 },
    );
  });

  test('a manifest with another field order, narrower numbers and no schema id is readable', () => {
    const avro = {
      type: 'record',
      name: 'manifest_entry',
      fields: [
        {
          name: 'file_meta',
          'field-id': 2,
          type: {
            type: 'record',
            name: 'r2',
            fields: [
              { name: 'file_size_in_bytes', 'field-id': 104, type: 'int' },
              { name: 'path', 'field-id': 100, type: 'string' },
              { name: 'file_format', type: 'string' },
              {
                name: 'partition',
                'field-id': 102,
                type: {
                  type: 'record',
                  name: 'r102',
                  fields: [
                    {
                      name: 'd',
                      'field-id': 1000,
                      type: ['null', { type: 'int', logicalType: 'date' }],
                    },
                  ],
                },
              },
              { name: 'record_count', 'field-id': 103, type: 'int' },
            ],
          },
        },
        { name: 'status', 'field-id': 0, type: 'int' },
      ],
    };
    const bytes = encodeAvroContainer({
      schema: avro,
      meta: {
        schema: JSON.stringify(schema),
        'partition-spec': JSON.stringify(spec.fields.slice(0, 1)),
        'partition-spec-id': '3',
      },
      records: [
        {
          status: 1,
          file_meta: {
            file_size_in_bytes: 9,
            path: 's3://b/x',
            file_format: 'parquet',
            partition: { d: -1 },
            record_count: 2,
          },
        },
      ],
    });
    expect(readManifest(bytes).entries).toEqual([
      {
        status: 'added',
        file: {
          content: 'data',
          path: 's3://b/x',
          format: 'PARQUET',
          partition: { 1000: '1969-12-31' },
          specId: 3,
          recordCount: 2,
          fileSize: 9,
        },
      },
    ]);
  });

  test('the same manifest entries give the same bytes', () => {
    const options = { entries: [entry], spec, schema };
    expect(Buffer.from(writeManifest(options)).equals(Buffer.from(writeManifest(options)))).toBe(
      true,
    );
  });
});

describe('manifest lists', () => {
  const described = describeManifest({
    path: 'file:///t/metadata/m0.avro',
    length: 77,
    specId: 3,
    entries: [
      entry,
      { ...entry, status: 'deleted', sequenceNumber: 1 },
      { status: 'added', file: { ...entry.file, partition: { ...partition, 1000: '1970-01-02' } } },
    ],
    types: partitionTypes(spec, [schema]),
    snapshotId: 9223372036854775807n,
    sequenceNumber: 9,
  });

  test('a manifest’s description contains counts, the least live sequence number and partition bounds', () => {
    expect(described).toMatchObject({
      content: 'data',
      sequenceNumber: 9,
      minSequenceNumber: 4,
      files: { added: 1, existing: 1, deleted: 1 },
      rows: { added: 5_000_000_000, existing: 5_000_000_000, deleted: 5_000_000_000 },
    });
    expect(described.partitions?.[0]).toEqual({
      containsNull: false,
      containsNan: false,
      lower: '/////w==',
      upper: 'AQAAAA==',
    });
    expect(described.partitions?.[4]).toEqual({ containsNull: false, containsNan: true });
    expect(described.partitions?.[8]).toEqual({ containsNull: true, containsNan: false });
  });

  test('a manifest list survives a round trip, an empty one too', () => {
    for (const manifests of [[described], []]) {
      const bytes = writeManifestList({ manifests, snapshotId: 1n, sequenceNumber: 9 });
      expect(readManifestList(bytes)).toEqual(manifests);
    }
  });
});
