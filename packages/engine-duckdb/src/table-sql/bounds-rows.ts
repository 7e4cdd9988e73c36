import {
  decodeValue,
  type DataFile,
  TableFormatError,
  parsePrimitive,
  walkFields,
  type Schema,
} from '@rat/iceberg';

/** The range of a column's values in one file; null where it is unknown, which excludes nothing. */
export interface BoundsRow {
  /** The path as the table spells it. */
  path: string;
  /**
   * Text that DuckDB casts to the column's type; binary values are hexadecimal digits, for `unhex`.
   */
  lower: string | null;
  upper: string | null;
}

/**
 * The ranges of one column over files, for a temporary table that DuckDB joins keys with: DuckDB
 * compares text by its bytes, as bounds are made, and JavaScript does not. Floating-point columns
 * have no range here, because DuckDB orders NaN but no bound includes it.
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

/**
 * Some writers cut text within a character; DuckDB cannot compare such bytes, so they bound
 * nothing.
 */
function readBound(type: string, bytes: Buffer): string | null {
  const text = decodeValue(type, bytes);
  return type === 'string' && !Buffer.from(text, 'utf8').equals(bytes) ? null : text;
}
