import { decodeAvroContainer, encodeAvroContainer } from './avro-container.ts';
import { AvroRecord, exactNumber, fieldNames } from './avro-record.ts';
import {
  ENTRY_STATUSES,
  FILE_CONTENTS,
  type ByFieldId,
  type DataFile,
  type ManifestEntry,
} from './data-file.ts';
import { TableFormatError } from './errors.ts';
import { manifestEntrySchema } from './manifest-schemas.ts';
import { partitionTypes, type TypedPartitionField } from './partition-types.ts';
import { partitionFromAvro, partitionToAvro, type PartitionValue } from './partition-value.ts';
import { sanitizeAvroName } from './transforms.ts';
import type { PartitionField, PartitionSpec, Schema } from './types.ts';

export interface WriteManifestOptions {
  /** All of one spec, and all data or all deletes. */
  entries: readonly ManifestEntry[];
  spec: PartitionSpec;
  /** The schema with which readers interpret the entries. */
  schema: Schema;
  /** The types of the spec's values, where the schema alone does not determine them. */
  types?: readonly TypedPartitionField[];
}

export interface Manifest {
  content: 'data' | 'deletes';
  spec: PartitionSpec;
  schema: Pick<Schema, 'type' | 'fields'>;
  entries: ManifestEntry[];
}

/** Writes a manifest. */
export function writeManifest(options: WriteManifestOptions): Uint8Array {
  const { entries, spec, schema } = options;
  const types = options.types ?? partitionTypes(spec, [schema]);
  const isDeletes = entries.some((entry) => entry.file.content !== 'data');
  return encodeAvroContainer({
    schema: manifestEntrySchema(types),
    meta: {
      schema: JSON.stringify(schema),
      'schema-id': String(schema['schema-id']),
      'partition-spec': JSON.stringify(spec.fields),
      'partition-spec-id': String(spec['spec-id']),
      'format-version': '2',
      content: isDeletes ? 'deletes' : 'data',
    },
    records: entries.map((entry) => ({
      status: ENTRY_STATUSES.indexOf(entry.status),
      snapshot_id: entry.snapshotId ?? null,
      sequence_number: optionalLong(entry.sequenceNumber),
      file_sequence_number: optionalLong(entry.fileSequenceNumber),
      data_file: fileToAvro(entry.file, types),
    })),
  });
}

function fileToAvro(file: DataFile, types: readonly TypedPartitionField[]) {
  return {
    content: FILE_CONTENTS.indexOf(file.content),
    file_path: file.path,
    file_format: file.format,
    partition: Object.fromEntries(
      types.map(({ field, type }) => [
        sanitizeAvroName(field.name),
        partitionToAvro(type, file.partition[field['field-id']] ?? null),
      ]),
    ),
    record_count: BigInt(file.recordCount),
    file_size_in_bytes: BigInt(file.fileSize),
    column_sizes: pairs(file.columnSizes, BigInt),
    value_counts: pairs(file.valueCounts, BigInt),
    null_value_counts: pairs(file.nullCounts, BigInt),
    nan_value_counts: pairs(file.nanCounts, BigInt),
    lower_bounds: pairs(file.lowerBounds, fromBase64),
    upper_bounds: pairs(file.upperBounds, fromBase64),
    key_metadata: null,
    split_offsets: null,
    equality_ids: file.equalityIds ?? null,
    sort_order_id: file.sortOrderId ?? null,
    referenced_data_file: file.referencedDataFile ?? null,
  };
}

/**
 * Reads a manifest of any writer. Inherited sequence numbers and snapshot ids stay undefined: only
 * the manifest list contains them.
 */
export function readManifest(bytes: Uint8Array): Manifest {
  const { schema: avro, meta, records } = decodeAvroContainer(bytes);
  const schema: Schema = JSON.parse(meta['schema'] ?? '{"type":"struct","fields":[]}');
  const fields: PartitionField[] = JSON.parse(meta['partition-spec'] ?? '[]');
  const spec = { 'spec-id': Number(meta['partition-spec-id'] ?? 0), fields };
  const types = partitionTypes(spec, [schema]);
  const names = fieldNames(avro);
  const entries = records.map((value) => readEntry(new AvroRecord(value, names), spec, types));
  return { content: meta['content'] === 'deletes' ? 'deletes' : 'data', spec, schema, entries };
}

function readEntry(
  record: AvroRecord,
  spec: PartitionSpec,
  types: readonly TypedPartitionField[],
): ManifestEntry {
  const status = ENTRY_STATUSES[record.integer(0, 'status')];
  if (status === undefined) throw new TableFormatError('a manifest entry has an unknown status');
  const file = record.record(2, 'data_file');
  const content = FILE_CONTENTS[file.optionalInteger(134, 'content') ?? 0];
  if (content === undefined) throw new TableFormatError('a file has an unknown content');
  const partition = file.record(102, 'partition');
  const equalityIds = file.list(135, 'equality_ids')?.map((id) => exactNumber(id, 'equality_ids'));
  return {
    status,
    ...present('snapshotId', record.optionalBigint(1, 'snapshot_id')),
    ...present('sequenceNumber', record.optionalInteger(3, 'sequence_number')),
    ...present('fileSequenceNumber', record.optionalInteger(4, 'file_sequence_number')),
    file: {
      content,
      path: file.text(100, 'file_path'),
      format: file.text(101, 'file_format').toUpperCase(),
      partition: readPartition(partition, types),
      specId: spec['spec-id'],
      recordCount: file.integer(103, 'record_count'),
      fileSize: file.integer(104, 'file_size_in_bytes'),
      ...present('columnSizes', byId(file, [108, 117, 118], 'column_sizes', toNumber)),
      ...present('valueCounts', byId(file, [109, 119, 120], 'value_counts', toNumber)),
      ...present('nullCounts', byId(file, [110, 121, 122], 'null_value_counts', toNumber)),
      ...present('nanCounts', byId(file, [137, 138, 139], 'nan_value_counts', toNumber)),
      ...present('lowerBounds', byId(file, [125, 126, 127], 'lower_bounds', toBase64)),
      ...present('upperBounds', byId(file, [128, 129, 130], 'upper_bounds', toBase64)),
      ...present('equalityIds', equalityIds),
      ...present('sortOrderId', file.optionalInteger(140, 'sort_order_id')),
      ...present('referencedDataFile', optionalText(file.value(143, 'referenced_data_file'))),
    },
  };
}

function readPartition(
  record: AvroRecord,
  types: readonly TypedPartitionField[],
): ByFieldId<PartitionValue> {
  const partition: ByFieldId<PartitionValue> = {};
  for (const { field, type } of types) {
    const id = field['field-id'];
    partition[id] = partitionFromAvro(type, record.value(id, field.name));
  }
  return partition;
}

function byId<T>(
  file: AvroRecord,
  [id, keyId, valueId]: readonly [number, number, number],
  name: string,
  read: (value: unknown) => T,
): ByFieldId<T> | undefined {
  const entries = file.records(id, name);
  if (entries === undefined) return undefined;
  const map: ByFieldId<T> = {};
  for (const entry of entries) {
    map[entry.integer(keyId, 'key')] = read(entry.value(valueId, 'value'));
  }
  return map;
}

function pairs<T, U>(map: ByFieldId<T> | undefined, write: (value: T) => U) {
  if (map === undefined) return null;
  return Object.entries(map).map(([key, value]) => ({ key: Number(key), value: write(value) }));
}

function present<K extends string, V>(key: K, value: V | undefined) {
  // TypeScript widens a computed key to an index signature; here it is exactly K.
  return (value === undefined ? {} : { [key]: value }) as { [name in K]?: V };
}

function optionalLong(value: number | undefined): bigint | null {
  return value === undefined ? null : BigInt(value);
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toNumber(value: unknown): number {
  return exactNumber(value, 'a statistic');
}

function toBase64(value: unknown): string {
  return Buffer.from(value as Uint8Array).toString('base64');
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
