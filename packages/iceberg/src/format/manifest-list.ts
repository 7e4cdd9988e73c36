import { decodeAvroContainer, encodeAvroContainer } from './avro-container.ts';
import { AvroRecord, fieldNames } from './avro-record.ts';
import { encodeValue } from './bounds.ts';
import { isLive, type EntryStatus, type ManifestEntry } from './data-file.ts';
import { MANIFEST_FILE_SCHEMA } from './manifest-schemas.ts';
import { comparePartitionValues } from './partition-value.ts';
import type { TypedPartitionField } from './partition-types.ts';

/** The range of one partition field over a manifest's files; bounds in base64. */
export interface PartitionSummary {
  containsNull: boolean;
  containsNan?: boolean;
  lower?: string;
  upper?: string;
}

/** A manifest as its list describes it. */
export interface ManifestFile {
  path: string;
  length: number;
  specId: number;
  content: 'data' | 'deletes';
  /** The number of the snapshot that wrote the manifest; added entries without one inherit it. */
  sequenceNumber: number;
  minSequenceNumber: number;
  addedSnapshotId: bigint;
  files: Record<EntryStatus, number>;
  rows: Record<EntryStatus, number>;
  /** In the order of the spec's fields. */
  partitions?: PartitionSummary[];
  keyMetadata?: string;
}

export interface WriteManifestListOptions {
  manifests: readonly ManifestFile[];
  snapshotId: bigint;
  parentSnapshotId?: bigint;
  sequenceNumber: number;
}

/** Writes a manifest list; a snapshot of an empty table has an empty one. */
export function writeManifestList(options: WriteManifestListOptions): Uint8Array {
  return encodeAvroContainer({
    schema: MANIFEST_FILE_SCHEMA,
    meta: {
      'snapshot-id': String(options.snapshotId),
      'parent-snapshot-id': String(options.parentSnapshotId ?? 'null'),
      'sequence-number': String(options.sequenceNumber),
      'format-version': '2',
    },
    records: options.manifests.map((manifest) => ({
      manifest_path: manifest.path,
      manifest_length: BigInt(manifest.length),
      partition_spec_id: manifest.specId,
      content: manifest.content === 'data' ? 0 : 1,
      sequence_number: BigInt(manifest.sequenceNumber),
      min_sequence_number: BigInt(manifest.minSequenceNumber),
      added_snapshot_id: manifest.addedSnapshotId,
      added_files_count: manifest.files.added,
      existing_files_count: manifest.files.existing,
      deleted_files_count: manifest.files.deleted,
      added_rows_count: BigInt(manifest.rows.added),
      existing_rows_count: BigInt(manifest.rows.existing),
      deleted_rows_count: BigInt(manifest.rows.deleted),
      partitions:
        manifest.partitions?.map((summary) => ({
          contains_null: summary.containsNull,
          contains_nan: summary.containsNan ?? null,
          lower_bound: fromBase64(summary.lower),
          upper_bound: fromBase64(summary.upper),
        })) ?? null,
      key_metadata: fromBase64(manifest.keyMetadata),
    })),
  });
}

/** Reads a manifest list of any writer. */
export function readManifestList(bytes: Uint8Array): ManifestFile[] {
  const { schema, records } = decodeAvroContainer(bytes);
  const names = fieldNames(schema);
  return records.map((value) => readManifestFile(new AvroRecord(value, names)));
}

function readManifestFile(record: AvroRecord): ManifestFile {
  const partitions = record.records(507, 'partitions')?.map(readSummary);
  const keyMetadata = record.optionalBytes(519, 'key_metadata');
  return {
    path: record.text(500, 'manifest_path'),
    length: record.integer(501, 'manifest_length'),
    specId: record.integer(502, 'partition_spec_id'),
    content: record.optionalInteger(517, 'content') === 1 ? 'deletes' : 'data',
    // Manifests from format 1 have no number, which counts as 0.
    sequenceNumber: record.optionalInteger(515, 'sequence_number') ?? 0,
    minSequenceNumber: record.optionalInteger(516, 'min_sequence_number') ?? 0,
    addedSnapshotId: record.optionalBigint(503, 'added_snapshot_id') ?? 0n,
    files: {
      added: record.integer(504, 'added_files_count'),
      existing: record.integer(505, 'existing_files_count'),
      deleted: record.integer(506, 'deleted_files_count'),
    },
    rows: {
      added: record.integer(512, 'added_rows_count'),
      existing: record.integer(513, 'existing_rows_count'),
      deleted: record.integer(514, 'deleted_rows_count'),
    },
    ...(partitions === undefined ? {} : { partitions }),
    ...(keyMetadata === undefined ? {} : { keyMetadata: toBase64(keyMetadata) }),
  };
}

function readSummary(record: AvroRecord): PartitionSummary {
  const lower = record.optionalBytes(510, 'lower_bound');
  const upper = record.optionalBytes(511, 'upper_bound');
  const containsNan = record.value(518, 'contains_nan');
  return {
    containsNull: record.value(509, 'contains_null') === true,
    ...(typeof containsNan === 'boolean' ? { containsNan } : {}),
    ...(lower === undefined ? {} : { lower: toBase64(lower) }),
    ...(upper === undefined ? {} : { upper: toBase64(upper) }),
  };
}

/** Describes a new manifest, for the list of the snapshot that writes it. */
export function describeManifest(options: {
  path: string;
  length: number;
  specId: number;
  entries: readonly ManifestEntry[];
  types: readonly TypedPartitionField[];
  snapshotId: bigint;
  sequenceNumber: number;
}): ManifestFile {
  const files = { added: 0, existing: 0, deleted: 0 };
  const rows = { added: 0, existing: 0, deleted: 0 };
  let minSequenceNumber = options.sequenceNumber;
  for (const entry of options.entries) {
    files[entry.status] += 1;
    rows[entry.status] += entry.file.recordCount;
    if (isLive(entry) && entry.sequenceNumber !== undefined) {
      minSequenceNumber = Math.min(minSequenceNumber, entry.sequenceNumber);
    }
  }
  return {
    path: options.path,
    length: options.length,
    specId: options.specId,
    content: options.entries.some((entry) => entry.file.content !== 'data') ? 'deletes' : 'data',
    sequenceNumber: options.sequenceNumber,
    minSequenceNumber,
    addedSnapshotId: options.snapshotId,
    files,
    rows,
    partitions: options.types.map((field) => summarize(field, options.entries)),
  };
}

function summarize(
  { field, type }: TypedPartitionField,
  entries: readonly ManifestEntry[],
): PartitionSummary {
  let containsNull = false;
  let containsNan = false;
  let lower: string | undefined;
  let upper: string | undefined;
  for (const entry of entries) {
    const value = entry.file.partition[field['field-id']] ?? null;
    if (value === null) containsNull = true;
    else if (value === 'nan' && (type === 'float' || type === 'double')) containsNan = true;
    else {
      if (lower === undefined || comparePartitionValues(type, value, lower) < 0) lower = value;
      if (upper === undefined || comparePartitionValues(type, value, upper) > 0) upper = value;
    }
  }
  const lowerBytes = lower === undefined ? undefined : encodeValue(type, lower);
  const upperBytes = upper === undefined ? undefined : encodeValue(type, upper);
  return {
    containsNull,
    // False instead of absent: old readers fail on an absent value.
    containsNan,
    ...(lowerBytes === undefined ? {} : { lower: toBase64(lowerBytes) }),
    ...(upperBytes === undefined ? {} : { upper: toBase64(upperBytes) }),
  };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function fromBase64(text: string | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text, 'base64');
}
