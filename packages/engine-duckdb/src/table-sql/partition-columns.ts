import type { PartitionSpec, Schema } from '@rat/iceberg';
import { partitionColumnName } from './data-file-from-stats.ts';
import { transformSql } from './transform-sql.ts';

/** A value by which a COPY partitions its rows, and its name in the COPY. */
export interface PartitionColumn {
  name: string;
  expression: string;
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
