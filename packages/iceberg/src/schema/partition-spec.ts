import { UnsupportedTypeError } from '../format/errors.ts';
import { partitionFieldName, takesTransform } from '../format/transforms.ts';
import type { PartitionSpec, Schema, SchemaField, TableMetadata } from '../format/types.ts';
import type { TypeName } from './evolve-schema.ts';
import { assignSpecId } from './table-schemas.ts';

/** A column and transform that partition a table's files, in the specification's spelling. */
export interface PartitionLevel {
  column: string;
  transform: string;
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
  typeName: TypeName,
): PartitionSpec {
  const taken = new Set(schema.fields.map(({ name }) => name));
  const fields = levels.map(({ column, transform }) => {
    const field = sourceField(schema, column);
    refuseMisfit(field, transform, typeName);
    const name = partitionFieldName(transform, field.name, taken);
    taken.add(name);
    return { 'source-id': field.id, name, transform };
  });
  return assignSpecId(table, fields);
}

function sourceField(schema: Schema, column: string): SchemaField {
  const found = schema.fields.find(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (found === undefined) {
    throw new UnsupportedTypeError(`partition_by: there is no column ${column}`);
  }
  return found;
}

function refuseMisfit({ name, type }: SchemaField, transform: string, typeName: TypeName): void {
  const misfit = (why: string): UnsupportedTypeError =>
    new UnsupportedTypeError(`partition_by: column ${name} is ${typeName(type)}, ${why}`);
  if (typeof type !== 'string') throw misfit('which has parts and cannot be a partition');
  // Rounding, NaN and the two zeros make partitions of floats that a reader cannot find again.
  if (type === 'float' || type === 'double')
    throw misfit('which cannot be a partition; cast it to DECIMAL');
  // DuckDB reports the partition values of a COPY as text, which cannot hold all bytes.
  if (type === 'binary' || type.startsWith('fixed')) throw misfit('which cannot be a partition');
  if (!takesTransform(transform, type)) {
    throw misfit(`which the transform ${transform} does not take`);
  }
}
