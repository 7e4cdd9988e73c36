/**
 * Iceberg v2 metadata with the specification's own keys, so that a rewrite keeps it unchanged.
 * Objects may have keys that are not listed here: every rewrite copies them.
 */

/** A type in the specification's spelling: a primitive's name, or a nested type. */
export type IcebergType = string | StructType | ListType | MapType;

/** A column, or a member of a struct. Ids are unique in the table and never reused. */
export interface SchemaField {
  id: number;
  name: string;
  required: boolean;
  type: IcebergType;
  doc?: string;
}

export interface StructType {
  type: 'struct';
  fields: SchemaField[];
}

export interface ListType {
  type: 'list';
  'element-id': number;
  element: IcebergType;
  'element-required': boolean;
}

export interface MapType {
  type: 'map';
  'key-id': number;
  key: IcebergType;
  'value-id': number;
  value: IcebergType;
  'value-required': boolean;
}

export interface Schema extends StructType {
  'schema-id': number;
  'identifier-field-ids'?: number[];
}

export interface PartitionField {
  'source-id': number;
  'field-id': number;
  name: string;
  /** In the specification's spelling, for example `day` or `truncate[4]`; may be a foreign one. */
  transform: string;
}

export interface PartitionSpec {
  'spec-id': number;
  fields: PartitionField[];
}

export interface SortOrder {
  'order-id': number;
  fields: object[];
}

/** Every value is a string; `operation` is required in v2. */
export type SnapshotSummary = Record<string, string>;

export interface Snapshot {
  'snapshot-id': bigint;
  'parent-snapshot-id'?: bigint;
  'sequence-number': number;
  'timestamp-ms': number;
  summary: SnapshotSummary;
  'manifest-list': string;
  'schema-id'?: number;
}

export interface SnapshotRef {
  'snapshot-id': bigint;
  type: 'branch' | 'tag';
  'max-ref-age-ms'?: number;
  'max-snapshot-age-ms'?: number;
  'min-snapshots-to-keep'?: number;
}

/** One change of main. */
export interface SnapshotLogEntry {
  'timestamp-ms': number;
  'snapshot-id': bigint;
}

export interface MetadataLogEntry {
  'timestamp-ms': number;
  'metadata-file': string;
}

/** A Puffin file that belongs to one snapshot. */
export interface StatisticsFile {
  'snapshot-id': bigint;
  'statistics-path': string;
}

/**
 * One version of a table. `refs.main` and `current-snapshot-id` agree. A table whose first run is
 * not published yet has neither.
 */
export interface TableMetadata {
  'format-version': 2;
  'table-uuid': string;
  /** An absolute URI without a trailing slash. */
  location: string;
  'last-sequence-number': number;
  'last-updated-ms': number;
  'last-column-id': number;
  schemas: Schema[];
  'current-schema-id': number;
  'partition-specs': PartitionSpec[];
  'default-spec-id': number;
  'last-partition-id': number;
  'sort-orders': SortOrder[];
  'default-sort-order-id': number;
  properties: Record<string, string>;
  'current-snapshot-id'?: bigint;
  snapshots: Snapshot[];
  'snapshot-log': SnapshotLogEntry[];
  'metadata-log': MetadataLogEntry[];
  refs: Record<string, SnapshotRef>;
  statistics?: StatisticsFile[];
  'partition-statistics'?: StatisticsFile[];
}

export const MAIN_BRANCH = 'main';

/** The spec of an unpartitioned table; ids of partition fields start above `last-partition-id`. */
export const UNPARTITIONED: PartitionSpec = { 'spec-id': 0, fields: [] };

/**
 * All fields of a type, depth first, with their path of names; list elements and map entries
 * included.
 */
export function* walkFields(
  type: IcebergType,
  path: readonly string[] = [],
): Generator<{ id: number; path: readonly string[]; type: IcebergType }> {
  if (typeof type === 'string') return;
  const children =
    type.type === 'struct'
      ? type.fields.map((field) => ({ id: field.id, name: field.name, type: field.type }))
      : type.type === 'list'
        ? [{ id: type['element-id'], name: 'element', type: type.element }]
        : [
            { id: type['key-id'], name: 'key', type: type.key },
            { id: type['value-id'], name: 'value', type: type.value },
          ];
  for (const child of children) {
    const childPath = [...path, child.name];
    yield { id: child.id, path: childPath, type: child.type };
    yield* walkFields(child.type, childPath);
  }
}

/** The highest id in a type; 0 when it has no fields. */
export function highestFieldId(type: IcebergType): number {
  let highest = 0;
  for (const field of walkFields(type)) highest = Math.max(highest, field.id);
  return highest;
}
