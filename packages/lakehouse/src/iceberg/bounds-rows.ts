import { decodeValue } from './bounds.ts';
import type { DataFile } from './data-file.ts';
import { TableFormatError } from './errors.ts';
import { parsePrimitive } from './primitive-type.ts';
import { walkFields, type Schema } from './types.ts';

/** The range of a column's values in one file; null where it is not known, which rules nothing out. */
export interface BoundsRow {
  /** As the table names it. */
  path: string;
  /** Text that DuckDB casts to the column's type; binary values are hexadecimal digits, for `unhex`. */
  lower: string | null;
  upper: string | null;
}

/**
 * The ranges of one column over files, for a temporary table that DuckDB joins keys with: it compares text by its
 * bytes, as bounds are made, and JavaScript does not. Floating-point columns have no range here, for NaN lies outside
 * of every bound and inside DuckDB's order.
 */
export function boundsRows(
  files: readonly DataFile[],
  schema: Pick<Schema, 'type' | 'fields'>,
  fieldId: number,
): BoundsRow[] {
  const field = [...walkFields(schema)].find((other) => other.id === fieldId);
  if (field === undefined || typeof field.type !== 'string') {
    throw new TableFormatError('the table has no such column to compare');
  }
  const { type } = field;
  const { kind } = parsePrimitive(type);
  const isFloat = kind === 'float' || kind === 'double';
  const text = (bound: string | undefined): string | null =>
    bound === undefined || isFloat ? null : readBound(type, Buffer.from(bound, 'base64'));
  return files.map((file) => ({
    path: file.path,
    lower: text(file.lowerBounds?.[fieldId]),
    upper: text(file.upperBounds?.[fieldId]),
  }));
}

/** Some writers cut text within a character; what is then no text at all bounds nothing that DuckDB could compare. */
function readBound(type: string, bytes: Buffer): string | null {
  const text = decodeValue(type, bytes);
  return type === 'string' && !Buffer.from(text, 'utf8').equals(bytes) ? null : text;
}
