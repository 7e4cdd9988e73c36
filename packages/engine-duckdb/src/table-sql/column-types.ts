import { quoteIdentifier } from '@rat/domain';
import {
  decimalType,
  parsePrimitive,
  UnsupportedTypeError,
  type BatchColumn,
  type IcebergType,
} from '@rat/iceberg';

/** A DuckDB type as JSON, independent of this process. */
export type ColumnType =
  | { kind: 'primitive'; name: string }
  | { kind: 'decimal'; precision: number; scale: number }
  | { kind: 'list'; element: ColumnType }
  | { kind: 'struct'; fields: { name: string; type: ColumnType }[] }
  | { kind: 'map'; key: ColumnType; value: ColumnType };

export interface ColumnTypeOptions {
  /**
   * Spark cannot read a table with a `time` column at all; as text, every engine reads the values.
   */
  timeAs: 'string' | 'time';
}

/**
 * The stored type of each of DuckDB's primitive types. Without the resulting casts, DuckDB would
 * write HUGEINT, the type of every sum of integers, as DOUBLE, and others with annotations that
 * readers reject.
 */
const STORED: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'int',
  SMALLINT: 'int',
  UTINYINT: 'int',
  USMALLINT: 'int',
  INTEGER: 'int',
  UINTEGER: 'long',
  BIGINT: 'long',
  UBIGINT: decimalType(20, 0),
  HUGEINT: decimalType(38, 0),
  UHUGEINT: decimalType(38, 0),
  FLOAT: 'float',
  DOUBLE: 'double',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  TIMESTAMPTZ: 'timestamptz',
  VARCHAR: 'string',
  ENUM: 'string',
  JSON: 'string',
  BIT: 'string',
  // A column that contains only NULLs.
  SQLNULL: 'string',
  '"NULL"': 'string',
  BLOB: 'binary',
  UUID: 'uuid',
};

/** The advised cast for types that no table can hold; the default is VARCHAR. */
const ADVISED: Readonly<Record<string, string>> = {
  TIMESTAMP_NS: 'TIMESTAMP',
  'TIME WITH TIME ZONE': 'TIME',
  TIMETZ: 'TIME',
  TIME_NS: 'TIME',
};

/**
 * A column of a result as a table stores it. Throws UnsupportedTypeError with the cast to write.
 */
export function storedColumn({ name, type }: { name: string; type: ColumnType }): BatchColumn {
  return { name, type: isUntypedNull(type) ? undefined : icebergType(type, name) };
}

/** Whether a column's type means only that all its values are NULL. */
function isUntypedNull(type: ColumnType): boolean {
  return type.kind === 'primitive' && (type.name === 'SQLNULL' || type.name === '"NULL"');
}

function storedType(name: string): string | undefined {
  return Object.hasOwn(STORED, name) ? STORED[name] : undefined;
}

/** The expression that converts a column to one that a table can hold. */
function advice({ column, type }: { column: string; type: ColumnType }): string {
  const name = quoteIdentifier(column);
  if (type.kind === 'primitive' && type.name === 'GEOMETRY') return `ST_AsWKB(${name})`;
  return `CAST(${name} AS ${advisedType(type)})`;
}

function advisedType(type: ColumnType): string {
  switch (type.kind) {
    case 'primitive': {
      const advised = Object.hasOwn(ADVISED, type.name) ? ADVISED[type.name] : undefined;
      return advised ?? (storedType(type.name) === undefined ? 'VARCHAR' : type.name);
    }
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'list':
      return `${advisedType(type.element)}[]`;
    case 'map':
      return `MAP(${advisedType(type.key)}, ${advisedType(type.value)})`;
    case 'struct': {
      const fields = type.fields.map(
        (field) => `${quoteIdentifier(field.name)} ${advisedType(field.type)}`,
      );
      return `STRUCT(${fields.join(', ')})`;
    }
  }
}

/**
 * Converts a DuckDB type to Iceberg's, with all nested ids 0 until they are assigned. Throws
 * UnsupportedTypeError with the cast to write. `whole` is the column that contains this type.
 */
export function icebergType(
  type: ColumnType,
  column: string,
  options: ColumnTypeOptions = { timeAs: 'string' },
  whole: { column: string; type: ColumnType } = { column, type },
): IcebergType {
  const nested = (child: ColumnType, name: string): IcebergType =>
    icebergType(child, `${column}.${name}`, options, whole);
  switch (type.kind) {
    case 'primitive': {
      if (type.name === 'TIME') return options.timeAs;
      const stored = storedType(type.name);
      if (stored !== undefined) return stored;
      throw new UnsupportedTypeError(
        `column ${column}: a table cannot hold ${type.name}; write ${advice(whole)}`,
      );
    }
    case 'decimal':
      return decimalType(type.precision, type.scale);
    case 'list':
      return {
        type: 'list',
        'element-id': 0,
        element: nested(type.element, 'element'),
        'element-required': false,
      };
    case 'map':
      return {
        type: 'map',
        'key-id': 0,
        key: nested(type.key, 'key'),
        'value-id': 0,
        value: nested(type.value, 'value'),
        'value-required': false,
      };
    case 'struct':
      return {
        type: 'struct',
        fields: type.fields.map((field) => ({
          id: 0,
          name: field.name,
          required: false,
          type: nested(field.type, field.name),
        })),
      };
  }
}

/** The DuckDB type for reading a table's type, and for the cast before writing. */
export function duckdbType(type: IcebergType): string {
  if (typeof type !== 'string') {
    switch (type.type) {
      case 'list':
        return `${duckdbType(type.element)}[]`;
      case 'map':
        return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`;
      case 'struct': {
        const fields = type.fields.map(
          (field) => `${quoteIdentifier(field.name)} ${duckdbType(field.type)}`,
        );
        return `STRUCT(${fields.join(', ')})`;
      }
    }
  }
  const primitive = parsePrimitive(type);
  switch (primitive.kind) {
    case 'boolean':
      return 'BOOLEAN';
    case 'int':
      return 'INTEGER';
    case 'long':
      return 'BIGINT';
    case 'float':
      return 'FLOAT';
    case 'double':
      return 'DOUBLE';
    case 'date':
      return 'DATE';
    case 'time':
      return 'TIME';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'timestamptz':
      return 'TIMESTAMP WITH TIME ZONE';
    case 'string':
      return 'VARCHAR';
    case 'uuid':
      return 'UUID';
    case 'binary':
    case 'fixed':
      return 'BLOB';
    case 'decimal':
      return `DECIMAL(${primitive.precision},${primitive.scale})`;
  }
}
