import { TableFormatError } from './errors.ts';
import { transformResultType } from './transforms.ts';
import { walkFields, type PartitionField, type PartitionSpec, type Schema } from './types.ts';

/** A partition field with the type of its values. */
export interface TypedPartitionField {
  field: PartitionField;
  type: string;
}

/**
 * The types of a spec's partition values, in the spec's order. Takes several schemas, because the
 * current one may lack a column that partitions old files. The first schema with the column counts.
 */
export function partitionTypes(
  spec: PartitionSpec,
  schemas: readonly Pick<Schema, 'type' | 'fields'>[],
): TypedPartitionField[] {
  return spec.fields.map((field) => {
    const sourceType = findPrimitive(field['source-id'], schemas);
    if (sourceType === undefined && field.transform !== 'void') {
      throw new TableFormatError(`the partition field ${field.name} has no source column`);
    }
    return { field, type: transformResultType(field.transform, sourceType ?? 'int') };
  });
}

function findPrimitive(
  id: number,
  schemas: readonly Pick<Schema, 'type' | 'fields'>[],
): string | undefined {
  for (const schema of schemas) {
    for (const field of walkFields(schema)) {
      if (field.id === id && typeof field.type === 'string') return field.type;
    }
  }
  return undefined;
}
