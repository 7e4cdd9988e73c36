import { describe, expect, test } from '@jest/globals';
import { TableFormatError } from './errors.ts';
import { newTableMetadata } from '../commits/new-table.ts';
import { parseTableMetadata, serializeTableMetadata } from './table-metadata.ts';

const fresh = newTableMetadata({
  location: 'file:///w/t/',
  uuid: '0190a2b4-0000-7000-8000-000000000001',
  schema: { type: 'struct', 'schema-id': 0, fields: [] },
  nowMs: 1_700_000_000_000,
});
const json = (): Record<string, unknown> => JSON.parse(serializeTableMetadata(fresh));
const parse = (value: unknown) => parseTableMetadata(JSON.stringify(value));

describe('table metadata', () => {
  test('a new table’s metadata survives a round trip and records that it has no snapshot', () => {
    expect(parseTableMetadata(serializeTableMetadata(fresh))).toEqual(fresh);
    expect(fresh.location).toBe('file:///w/t');
    expect(json()['current-snapshot-id']).toBe(-1);
  });

  test('ids above 2^53 and unknown keys survive a rewrite', () => {
    const id = '7630481471073686895';
    const text = `{"format-version":2,"table-uuid":"u","location":"s3://b/t","last-sequence-number":3,
      "last-updated-ms":1700000000000,"last-column-id":1,"x-own":{"n":${id}},
      "schemas":[{"type":"struct","schema-id":0,"x":1,"fields":[{"id":1,"name":"a","required":false,"type":"int","y":2}]}],
      "current-schema-id":0,"partition-specs":[{"spec-id":0,"fields":[]}],"default-spec-id":0,"last-partition-id":999,
      "sort-orders":[{"order-id":0,"fields":[]}],"default-sort-order-id":0,"current-snapshot-id":${id},
      "snapshots":[{"snapshot-id":${id},"parent-snapshot-id":null,"sequence-number":3,"timestamp-ms":1700000000000,
      "summary":{"operation":"append"},"manifest-list":"s3://b/l.avro","schema-id":0,"z":"kept"}],
      "statistics":[{"snapshot-id":${id},"statistics-path":"s3://b/p","w":3}]}`;
    const parsed = parseTableMetadata(text);
    expect(parsed['current-snapshot-id']).toBe(7630481471073686895n);
    // Written before refs existed.
    expect(parsed.refs).toEqual({ main: { type: 'branch', 'snapshot-id': 7630481471073686895n } });
    expect('parent-snapshot-id' in (parsed.snapshots[0] ?? {})).toBe(false);
    const rewritten = serializeTableMetadata(parsed);
    for (const kept of [
      `"n":${id}`,
      '"x":1',
      '"y":2',
      '"z":"kept"',
      '"w":3',
      `"current-snapshot-id":${id}`,
    ]) {
      expect(rewritten).toContain(kept);
    }
    expect(parseTableMetadata(rewritten)).toEqual(parsed);
  });

  test.each([
    ['another format version', { 'format-version': 3 }, 'format version 3'],
    ['no location', { location: null }, 'no location'],
    ['a missing current schema', { 'current-schema-id': 9 }, 'schema 9'],
    ['a missing default spec', { 'default-spec-id': 9 }, 'partition spec 9'],
    ['a missing sort order', { 'default-sort-order-id': 9 }, 'sort order 9'],
    [
      'a ref to a missing snapshot',
      { refs: { b: { type: 'branch', 'snapshot-id': 5 } } },
      'snapshot 5',
    ],
    ['a missing current snapshot', { 'current-snapshot-id': 5 }, 'snapshot 5'],
    ['a ref of another kind', { refs: { b: { type: 'x', 'snapshot-id': 5 } } }, 'neither'],
    ['a missing sequence number', { 'last-sequence-number': undefined }, 'last-sequence-number'],
  ])('metadata with %s is refused', (_what, change, message) => {
    expect(() => parse({ ...json(), ...change })).toThrow(TableFormatError);
    expect(() => parse({ ...json(), ...change })).toThrow(message);
  });

  test('metadata that is not JSON is refused', () => {
    expect(() => parseTableMetadata('<xml/>')).toThrow(TableFormatError);
  });
});
