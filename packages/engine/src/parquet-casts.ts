import { DuckDBTypeId, quotedIdentifier, type DuckDBType } from '@duckdb/node-api';

/** A type that a table cannot hold, and what an author can do about it. */
export class UnsupportedTypeError extends Error {
  override readonly name = 'UnsupportedTypeError';
}

/**
 * The type a column is cast to before it is written to Parquet; undefined when it can be written as it is. Without the
 * cast DuckDB writes HUGEINT (the type of every `sum` of integers) as DOUBLE, silently losing digits, and JSON and
 * ENUM as annotations that other readers stumble over. Throws UnsupportedTypeError for types that Parquet cannot give
 * back.
 */
export function parquetCast(type: DuckDBType): string | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return 'DECIMAL(38,0)';
    case DuckDBTypeId.ENUM:
    case DuckDBTypeId.BIT:
    case DuckDBTypeId.BIGNUM:
      return 'VARCHAR';
    case DuckDBTypeId.VARCHAR:
      return type.alias === undefined ? undefined : 'VARCHAR';
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
      return 'TIMESTAMP';
    case DuckDBTypeId.LIST: {
      const value = parquetCast(type.valueType);
      return value && `${value}[]`;
    }
    case DuckDBTypeId.ARRAY: {
      const value = parquetCast(type.valueType);
      return value && `${value}[${type.length}]`;
    }
    case DuckDBTypeId.MAP: {
      const key = parquetCast(type.keyType);
      const value = parquetCast(type.valueType);
      if (key === undefined && value === undefined) return undefined;
      return `MAP(${key ?? type.keyType}, ${value ?? type.valueType})`;
    }
    case DuckDBTypeId.STRUCT: {
      const casts = type.entryTypes.map(parquetCast);
      if (casts.every((cast) => cast === undefined)) return undefined;
      const field = (name: string, i: number): string =>
        `${quotedIdentifier(name)} ${casts[i] ?? type.entryTypes[i]}`;
      return `STRUCT(${type.entryNames.map(field).join(', ')})`;
    }
    case DuckDBTypeId.INTERVAL:
    case DuckDBTypeId.UNION:
    case DuckDBTypeId.VARIANT:
    case DuckDBTypeId.TIME_TZ:
    case DuckDBTypeId.TIME_NS:
      throw new UnsupportedTypeError(
        `a table cannot hold ${type}; cast it, for example to VARCHAR`,
      );
    case DuckDBTypeId.GEOMETRY:
      throw new UnsupportedTypeError(
        'a table cannot hold GEOMETRY; convert it with ST_AsWKB or ST_AsText',
      );
    default:
      return undefined;
  }
}
