import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';

/** A type of Arrow's columns, as far as results of queries need them. */
export type ArrowType =
  | { kind: 'bool' | 'text' | 'bytes' }
  | { kind: 'date' | 'time' }
  | { kind: 'int' | 'float'; bits: 32 | 64 }
  | { kind: 'decimal'; precision: number; scale: number }
  | { kind: 'timestamp'; zone?: string }
  | { kind: 'list'; item: ArrowField }
  | { kind: 'struct'; fields: ArrowField[] }
  | { kind: 'map'; entries: ArrowField };

export interface ArrowField {
  name: string;
  type: ArrowType;
  /** False for the keys of maps, which are never NULL. */
  nullable: boolean;
}

/** Arrow's type for values of a stored type of DuckDB; a type without one is text. */
export function arrowType(type: DuckDBType): ArrowType {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return { kind: 'bool' };
    case DuckDBTypeId.INTEGER:
      return { kind: 'int', bits: 32 };
    case DuckDBTypeId.BIGINT:
      return { kind: 'int', bits: 64 };
    case DuckDBTypeId.FLOAT:
      return { kind: 'float', bits: 32 };
    case DuckDBTypeId.DOUBLE:
      return { kind: 'float', bits: 64 };
    case DuckDBTypeId.DECIMAL:
      return { kind: 'decimal', precision: type.width, scale: type.scale };
    case DuckDBTypeId.DATE:
      return { kind: 'date' };
    case DuckDBTypeId.TIME:
      return { kind: 'time' };
    case DuckDBTypeId.TIMESTAMP:
      return { kind: 'timestamp' };
    case DuckDBTypeId.TIMESTAMP_TZ:
      return { kind: 'timestamp', zone: 'UTC' };
    case DuckDBTypeId.BLOB:
      return { kind: 'bytes' };
    case DuckDBTypeId.LIST:
      return { kind: 'list', item: fieldOf('item', type.valueType) };
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type;
      const fields = entryTypes.map((entry, i) => fieldOf(entryNames[i] ?? '', entry));
      return { kind: 'struct', fields };
    }
    case DuckDBTypeId.MAP: {
      const key = { ...fieldOf('key', type.keyType), nullable: false };
      const fields = [key, fieldOf('value', type.valueType)];
      return {
        kind: 'map',
        entries: { name: 'entries', type: { kind: 'struct', fields }, nullable: false },
      };
    }
    default:
      return { kind: 'text' };
  }
}

/** A column, or a part of one, which may be NULL. */
export function fieldOf(name: string, type: DuckDBType): ArrowField {
  return { name, type: arrowType(type), nullable: true };
}
