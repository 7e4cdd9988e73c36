import type { AvroSchema } from './avro-container.ts';
import { partitionAvroType } from './partition-value.ts';
import type { TypedPartitionField } from './partition-types.ts';
import { sanitizeAvroName } from './transforms.ts';

/**
 * The Avro schemas of manifests and manifest lists, with the specification's names and field ids.
 * The order is that of the Java library: some readers use positions.
 */

type Field = { name: string; type: AvroSchema; 'field-id': number; default?: null };

function required(id: number, name: string, type: AvroSchema): Field {
  return { name, type, 'field-id': id };
}

function optional(id: number, name: string, type: AvroSchema): Field {
  return { name, type: ['null', type], default: null, 'field-id': id };
}

function record(name: string, fields: readonly Field[]): AvroSchema {
  return { type: 'record', name, fields };
}

/** Avro's maps have text keys only, so a map by column id is a list of pairs. */
function byColumn(keyId: number, valueId: number, value: AvroSchema): AvroSchema {
  return {
    type: 'array',
    logicalType: 'map',
    items: record(`k${keyId}_v${valueId}`, [
      required(keyId, 'key', 'int'),
      required(valueId, 'value', value),
    ]),
  };
}

function list(elementId: number, items: AvroSchema): AvroSchema {
  return { type: 'array', items, 'element-id': elementId };
}

/** The schema of manifest entries whose files are partitioned by these fields. */
export function manifestEntrySchema(partition: readonly TypedPartitionField[]): AvroSchema {
  const partitionFields = partition.map(({ field, type }) => {
    const name = sanitizeAvroName(field.name);
    const avro = optional(
      field['field-id'],
      name,
      partitionAvroType(type, `partition_${field['field-id']}`),
    );
    return name === field.name ? avro : { ...avro, 'iceberg-field-name': field.name };
  });
  return record('manifest_entry', [
    required(0, 'status', 'int'),
    optional(1, 'snapshot_id', 'long'),
    optional(3, 'sequence_number', 'long'),
    optional(4, 'file_sequence_number', 'long'),
    required(
      2,
      'data_file',
      record('r2', [
        required(134, 'content', 'int'),
        required(100, 'file_path', 'string'),
        required(101, 'file_format', 'string'),
        required(102, 'partition', record('r102', partitionFields)),
        required(103, 'record_count', 'long'),
        required(104, 'file_size_in_bytes', 'long'),
        optional(108, 'column_sizes', byColumn(117, 118, 'long')),
        optional(109, 'value_counts', byColumn(119, 120, 'long')),
        optional(110, 'null_value_counts', byColumn(121, 122, 'long')),
        optional(137, 'nan_value_counts', byColumn(138, 139, 'long')),
        optional(125, 'lower_bounds', byColumn(126, 127, 'bytes')),
        optional(128, 'upper_bounds', byColumn(129, 130, 'bytes')),
        optional(131, 'key_metadata', 'bytes'),
        optional(132, 'split_offsets', list(133, 'long')),
        optional(135, 'equality_ids', list(136, 'int')),
        optional(140, 'sort_order_id', 'int'),
        optional(143, 'referenced_data_file', 'string'),
      ]),
    ),
  ]);
}

/** The schema of manifest list entries. */
export const MANIFEST_FILE_SCHEMA: AvroSchema = record('manifest_file', [
  required(500, 'manifest_path', 'string'),
  required(501, 'manifest_length', 'long'),
  required(502, 'partition_spec_id', 'int'),
  required(517, 'content', 'int'),
  required(515, 'sequence_number', 'long'),
  required(516, 'min_sequence_number', 'long'),
  required(503, 'added_snapshot_id', 'long'),
  required(504, 'added_files_count', 'int'),
  required(505, 'existing_files_count', 'int'),
  required(506, 'deleted_files_count', 'int'),
  required(512, 'added_rows_count', 'long'),
  required(513, 'existing_rows_count', 'long'),
  required(514, 'deleted_rows_count', 'long'),
  optional(
    507,
    'partitions',
    list(
      508,
      record('r508', [
        required(509, 'contains_null', 'boolean'),
        optional(518, 'contains_nan', 'boolean'),
        optional(510, 'lower_bound', 'bytes'),
        optional(511, 'upper_bound', 'bytes'),
      ]),
    ),
  ),
  optional(519, 'key_metadata', 'bytes'),
]);
