import { quoteIdentifier, quoteText } from '@rat/domain';
import { parsePrimitive, parseTransform, UnsupportedTypeError } from '@rat/iceberg';

/**
 * The DuckDB expression of a transform of a column. Times before 1970 give negative units, and
 * timestamps are truncated in UTC regardless of the session's zone. Throws UnsupportedTypeError for
 * a foreign transform and for a type that the transform does not support.
 */
export function transformSql(text: string, column: string, sourceType: string): string {
  const transform = parseTransform(text);
  const name = quoteIdentifier(column);
  const primitive = parsePrimitive(sourceType);
  const { kind } = primitive;
  switch (transform.kind) {
    case 'identity':
      return isMoment(kind) ? finite(name, column, name) : name;
    case 'void':
      return 'NULL';
    case 'year':
    case 'month':
    case 'day':
    case 'hour': {
      const isDate = kind === 'date';
      if (!isMoment(kind)) break;
      if (isDate && transform.kind === 'hour') break;
      const local = kind === 'timestamptz' ? `(${name} AT TIME ZONE 'UTC')` : name;
      if (transform.kind === 'day') return finite(name, column, `CAST(${local} AS DATE)`);
      // Division of microseconds would truncate towards zero; datediff rounds down.
      const epoch = isDate ? `DATE '1970-01-01'` : `TIMESTAMP '1970-01-01'`;
      const units = `CAST(datediff('${transform.kind}', ${epoch}, ${local}) AS INTEGER)`;
      return finite(name, column, transform.kind === 'hour' ? held(name, column, units) : units);
    }
    case 'truncate': {
      const w = transform.width;
      if (primitive.kind === 'decimal') {
        // The width counts units of the last digit. Division of decimals would go through DOUBLE.
        const exact = `DECIMAL(38,${primitive.scale})`;
        const step = `CAST(${quoteText(decimalText(w, primitive.scale))} AS ${exact})`;
        const value = `CAST(${name} AS ${exact})`;
        return held(name, column, `${value} - (((${value} % ${step}) + ${step}) % ${step})`);
      }
      // Counts code points, as the specification does, and not graphemes.
      if (kind === 'string') return `left(${name}, ${w})`;
      if (kind === 'int' || kind === 'long') {
        // In the column's own type, the sum could overflow.
        const value = `CAST(${name} AS ${kind === 'int' ? 'BIGINT' : 'HUGEINT'})`;
        const result = kind === 'int' ? 'INTEGER' : 'BIGINT';
        const cut = `CAST(${value} - (((${value} % ${w}) + ${w}) % ${w}) AS ${result})`;
        return held(name, column, cut);
      }
      break;
    }
    case 'foreign':
      throw new UnsupportedTypeError(`a table partitioned by ${text} can be read, not written`);
  }
  throw new UnsupportedTypeError(`${column} is ${sourceType}, which ${text} cannot partition`);
}

function isMoment(kind: string): boolean {
  return kind === 'date' || kind === 'timestamp' || kind === 'timestamptz';
}

/** Fails for infinity: DuckDB's units of it are NULL, and readers would miss such rows. */
function finite(name: string, column: string, expression: string): string {
  const message = quoteText(
    `partition_by: column ${column} holds an infinite value, which is in no partition`,
  );
  return `CASE WHEN isinf(${name}) THEN error(${message}) ELSE ${expression} END`;
}

/** Fails for a value outside of its type: hours have 32 bits, and truncation can underflow. */
function held(name: string, column: string, expression: string): string {
  const before = quoteText(`partition_by: column ${column} holds `);
  const message = `${before} || CAST(${name} AS VARCHAR) || ', which is in no partition'`;
  return `CASE WHEN ${name} IS NULL THEN NULL ELSE coalesce(TRY(${expression}), error(${message})) END`;
}

/** Converts units of the last digit to decimal text: 50 of scale 2 is 0.50. */
function decimalText(units: number, scale: number): string {
  const digits = String(units).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return scale === 0 ? whole : `${whole}.${digits.slice(digits.length - scale)}`;
}
