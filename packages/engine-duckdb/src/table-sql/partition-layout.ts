import { duckdbType } from './column-types.ts';
import { partitionColumnName } from './data-file-from-stats.ts';
import { UnsupportedTypeError } from '../../../iceberg/src/format/errors.ts';
import { assignSpecId } from '../../../iceberg/src/schema/table-schemas.ts';
import { partitionFieldName, transformSql } from '../../../iceberg/src/format/transforms.ts';
import type {
  PartitionSpec,
  Schema,
  SchemaField,
  TableMetadata,
} from '../../../iceberg/src/format/types.ts';

/** A column and transform that partition a table's files, in the specification's spelling. */
export interface PartitionLevel {
  column: string;
  transform: string;
}

/** A value by which a COPY partitions its rows, and its name in the COPY. */
export interface PartitionColumn {
  name: string;
  expression: string;
}

/**
 * The spec for files that are partitioned by these levels, with the ids that the table has or will
 * assign. Column names match case-insensitively. Throws UnsupportedTypeError for a missing column
 * or one that the transform does not support.
 */
export function partitionSpec(
  table: Pick<TableMetadata, 'partition-specs' | 'last-partition-id'>,
  schema: Schema,
  levels: readonly PartitionLevel[],
): PartitionSpec {
  const taken = new Set(schema.fields.map(({ name }) => name));
  const fields = levels.map(({ column, transform }) => {
    const field = sourceField(schema, column);
    refuseMisfit(field, transform);
    const name = partitionFieldName(transform, field.name, taken);
    taken.add(name);
    return { 'source-id': field.id, name, transform };
  });
  return assignSpecId(table, fields);
}

/** The values by which a COPY of the schema's columns partitions its rows, in the spec's order. */
export function partitionColumns(spec: PartitionSpec, schema: Schema): PartitionColumn[] {
  return spec.fields.map((field) => {
    const source = schema.fields.find(({ id }) => id === field['source-id']);
    if (source === undefined || typeof source.type !== 'string') {
      throw new TypeError('a partition spec uses a column that the schema lacks');
    }
    return {
      name: partitionColumnName(field['field-id']),
      expression: transformSql(field.transform, source.name, source.type),
    };
  });
}

function sourceField(schema: Schema, column: string): SchemaField {
  const found = schema.fields.find(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (found === undefined) {
    throw new UnsupportedTypeError(`partition_by: there is no column ${column}`);
  }
  return found;
}

function refuseMisfit({ name, type }: SchemaField, transform: string): void {
  const misfit = (why: string): UnsupportedTypeError =>
    new UnsupportedTypeError(`partition_by: column ${name} is ${duckdbType(type)}, ${why}`);
  if (typeof type !== 'string') throw misfit('which has parts and cannot be a partition');
  // Rounding, NaN and the two zeros make partitions of floats that a reader cannot find again.
  if (type === 'float' || type === 'double')
    throw misfit('which cannot be a partition; cast it to DECIMAL');
  // DuckDB passes partition values of a COPY as text, which cannot hold all bytes.
  if (type === 'binary' || type.startsWith('fixed')) throw misfit('which cannot be a partition');
  try {
    transformSql(transform, name, type);
  } catch (error) {
    if (!(error instanceof UnsupportedTypeError)) throw error;
    throw misfit(`which the transform ${transform} does not take`);
  }
}
