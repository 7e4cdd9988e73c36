import { quoteIdentifier } from '@rat/domain';
import type { IcebergType, Schema } from '@rat/iceberg';

/** The FIELD_IDS of DuckDB's COPY, with nested ids: readers fail on a file without them. */
export function fieldIdsClause(schema: Pick<Schema, 'fields'>): string {
  return `{${schema.fields.map((field) => idEntry(field.name, field.id, field.type)).join(', ')}}`;
}

function idEntry(name: string, id: number, type: IcebergType): string {
  const key = quoteIdentifier(name);
  if (typeof type === 'string') return `${key}: ${id}`;
  const children =
    type.type === 'struct'
      ? type.fields.map((field) => idEntry(field.name, field.id, field.type))
      : type.type === 'list'
        ? [idEntry('element', type['element-id'], type.element)]
        : [
            idEntry('key', type['key-id'], type.key),
            idEntry('value', type['value-id'], type.value),
          ];
  return `${key}: {${[`__duckdb_field_id: ${id}`, ...children].join(', ')}}`;
}
