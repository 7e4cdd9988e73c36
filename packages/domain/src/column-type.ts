/** A column of a delivered file or of a result. */
export interface Column {
  name: string;
  /** The engine's name of the type, such as `BIGINT` or `DECIMAL(10,2)`. */
  type: string;
}

/** The types that the expected columns of a landing zone may have, without DECIMAL. */
export const COLUMN_TYPES = [
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'FLOAT',
  'DOUBLE',
  'VARCHAR',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP WITH TIME ZONE',
  'UUID',
  'BLOB',
  'JSON',
] as const;

const KNOWN: ReadonlySet<string> = new Set(COLUMN_TYPES);

/** Other names that authors and other databases use for the same types. */
const ALIASES: Readonly<Record<string, string>> = {
  BOOL: 'BOOLEAN',
  INT1: 'TINYINT',
  INT2: 'SMALLINT',
  SHORT: 'SMALLINT',
  INT: 'INTEGER',
  INT4: 'INTEGER',
  INT8: 'BIGINT',
  LONG: 'BIGINT',
  REAL: 'FLOAT',
  FLOAT4: 'FLOAT',
  FLOAT8: 'DOUBLE',
  TEXT: 'VARCHAR',
  STRING: 'VARCHAR',
  CHAR: 'VARCHAR',
  DATETIME: 'TIMESTAMP',
  TIMESTAMPTZ: 'TIMESTAMP WITH TIME ZONE',
  BYTEA: 'BLOB',
  BINARY: 'BLOB',
};

const DECIMAL = /^(?:DECIMAL|NUMERIC)\s*\(\s*(\d{1,2})\s*(?:,\s*(\d{1,2})\s*)?\)$/;

/**
 * The engine's spelling of a column type, from a text in any case; undefined for a text that names
 * no type of a column.
 */
export function parseColumnType(text: string): string | undefined {
  const upper = text.trim().replaceAll(/\s+/g, ' ').toUpperCase();
  const name = ALIASES[upper] ?? upper;
  if (KNOWN.has(name)) return name;
  const decimal = DECIMAL.exec(upper);
  if (decimal === null) return undefined;
  const [precision, scale] = [Number(decimal[1]), Number(decimal[2] ?? 0)];
  if (precision < 1 || precision > 38 || scale > precision) return undefined;
  return `DECIMAL(${precision},${scale})`;
}

/** Integer types by the number of value bits, signed and unsigned. */
const SIGNED_BITS: Readonly<Record<string, number>> = {
  TINYINT: 7,
  SMALLINT: 15,
  INTEGER: 31,
  BIGINT: 63,
  HUGEINT: 127,
};
const UNSIGNED_BITS: Readonly<Record<string, number>> = {
  UTINYINT: 8,
  USMALLINT: 16,
  UINTEGER: 32,
  UBIGINT: 64,
};

/**
 * Whether a column that a file stores as `found` can be read as `expected` without losing a value:
 * the types are equal, or `expected` is wider.
 */
export function canHold(expected: string, found: string): boolean {
  if (expected === found) return true;
  const into = SIGNED_BITS[expected] ?? 0;
  const from = SIGNED_BITS[found] ?? UNSIGNED_BITS[found];
  if (from !== undefined && into >= from) return true;
  const unsigned = UNSIGNED_BITS[found];
  if (unsigned !== undefined && (UNSIGNED_BITS[expected] ?? 0) >= unsigned) return true;
  if (expected === 'DOUBLE') return found === 'FLOAT' || (from !== undefined && from <= 32);
  if (expected === 'JSON') return found === 'VARCHAR';
  const [wide, narrow] = [DECIMAL.exec(expected), DECIMAL.exec(found)];
  if (wide === null || narrow === null) return false;
  const whole = (one: RegExpExecArray): number => Number(one[1]) - Number(one[2] ?? 0);
  return whole(wide) >= whole(narrow) && Number(wide[2] ?? 0) >= Number(narrow[2] ?? 0);
}
