import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';
import type { ColumnType } from '../table-sql/column-types.ts';

/** The type of a column that contains only untyped NULLs. */
export const UNTYPED_NULL: ColumnType = { kind: 'primitive', name: 'SQLNULL' };

/**
 * Describes a type. Primitives have DuckDB's own names, with two exceptions that spare readers a
 * parser: an ENUM or UNION does not list its members, and JSON is the only alias that is kept.
 */
export function columnType(type: DuckDBType): ColumnType {
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL:
      return { kind: 'decimal', precision: type.width, scale: type.scale };
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return { kind: 'list', element: columnType(type.valueType) };
    case DuckDBTypeId.MAP:
      return { kind: 'map', key: columnType(type.keyType), value: columnType(type.valueType) };
    case DuckDBTypeId.STRUCT:
      return {
        kind: 'struct',
        fields: type.entryTypes.map((entry, index) => ({
          name: type.entryNames[index] ?? '',
          type: columnType(entry),
        })),
      };
    case DuckDBTypeId.SQLNULL:
      return UNTYPED_NULL;
    case DuckDBTypeId.ENUM:
    case DuckDBTypeId.UNION:
      return { kind: 'primitive', name: DuckDBTypeId[type.typeId] };
    case DuckDBTypeId.VARCHAR:
      return { kind: 'primitive', name: type.alias === 'JSON' ? 'JSON' : 'VARCHAR' };
    default:
      return { kind: 'primitive', name: type.toString() };
  }
}
