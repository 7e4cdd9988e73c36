import { duckdbType } from './column-types.ts';
import { partitionColumnName } from './data-file-from-stats.ts';
import { UnsupportedTypeError } from './errors.ts';
import { assignSpecId } from './table-schemas.ts';
import { partitionFieldName, transformSql } from './transforms.ts';
import type { PartitionSpec, Schema, SchemaField, TableMetadata } from './types.ts';

/** What a table's files are divided by; the transform is spelled as the specification does it. */
export interface PartitionLevel {
  column: string;
  transform: string;
}

/** A value that a COPY divides its rows by, and the name that the COPY gives to it. */
export interface PartitionColumn {
  name: string;
  expression: string;
}

/**
 * The spec of files that are divided by these levels, with the ids that the table has or will have for it. Columns go
 * by name, in whatever capitals. Throws UnsupportedTypeError for a column that is not there or that its transform does
 * not divide.
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

/** What a COPY of the schema's columns divides its rows by, in the spec's order. */
export function partitionColumns(spec: PartitionSpec, schema: Schema): PartitionColumn[] {
  return spec.fields.map((field) => {
    const source = schema.fields.find(({ id }) => id === field['source-id']);
    if (source === undefined || typeof source.type !== 'string') {
      throw new TypeError('a spec goes by a column that the schema does not have');
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
  // Numbers that are equal only nearly, NaN and two zeros make partitions that nobody finds again.
  if (type === 'float' || type === 'double')
    throw misfit('which cannot be a partition; cast it to DECIMAL');
  // DuckDB names the partitions of a COPY as text, which not all bytes are.
  if (type === 'binary' || type.startsWith('fixed')) throw misfit('which cannot be a partition');
  try {
    transformSql(transform, name, type);
  } catch (error) {
    if (!(error instanceof UnsupportedTypeError)) throw error;
    throw misfit(`which the transform ${transform} does not take`);
  }
}
