import { BATCH, quoteIdentifier, quoteText } from '@rat/domain';
import type { Schema } from '@rat/iceberg';
import { duckdbType } from '../table-sql/column-types.ts';

/** Types whose values survive a conversion to text, and have one order. */
const ORDERED_TYPES: readonly unknown[] = ['int', 'long', 'date', 'timestamp', 'string'];

/** The columns among these whose ranges can exclude rows. */
export function rangedColumns(schema: Schema, columns: readonly string[]): string[] {
  return columns.filter((column) => {
    const field = schema.fields.find(({ name }) => name === column);
    return field !== undefined && ORDERED_TYPES.includes(field.type);
  });
}

/**
 * A SELECT of one row: for each column its minimum and maximum in the batch, as text, and its count
 * of NULLs.
 */
export function keyRangeSql(columns: readonly string[]): string {
  const ranges = columns
    .map(quoteIdentifier)
    .flatMap((name) => [
      `CAST(min(${name}) AS VARCHAR)`,
      `CAST(max(${name}) AS VARCHAR)`,
      `CAST(count(*) - count(${name}) AS VARCHAR)`,
    ]);
  return `SELECT ${ranges.join(', ')} FROM ${BATCH}`;
}

/**
 * The condition for a row to match a key of the batch, from the row of `keyRangeSql`. It consists
 * of literals, so that the scan skips rows before it reads their other columns. No range contains
 * NULL.
 */
export function withinKeyRange(
  schema: Schema,
  columns: readonly string[],
  range: readonly (string | null)[],
): string {
  const within = columns.flatMap((column, i) => {
    const [lower, upper, nulls] = range.slice(3 * i, 3 * i + 3);
    const field = schema.fields.find(({ name }) => name === column);
    if (field === undefined || nulls !== '0') return [];
    if (typeof lower !== 'string' || typeof upper !== 'string') return [];
    const literal = (text: string): string =>
      `CAST(${quoteText(text)} AS ${duckdbType(field.type)})`;
    const name = quoteIdentifier(column);
    return [`${name} >= ${literal(lower)} AND ${name} <= ${literal(upper)}`];
  });
  return within.length === 0 ? 'true' : within.join(' AND ');
}
