import { BATCH, quoteIdentifier, quoteText } from '@rat/domain';
import type { Schema } from '@rat/iceberg';
import { duckdbType } from '../table-sql/column-types.ts';

/** Types with one order of values. A cast to text and back does not change their values. */
const ORDERED_TYPES: readonly unknown[] = ['int', 'long', 'date', 'timestamp', 'string'];

/** The given columns with a type that allows a range condition. */
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
 * A condition that holds for every row with a key of the batch; `range` is the row of
 * `keyRangeSql`. It compares with literals, so that the scan skips rows before it reads their other
 * columns. A column with a NULL in the batch has no part in it, because no range contains NULL.
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
