import type { DuckDBDataChunk, DuckDBResult, Json } from '@duckdb/node-api';
import { jsonValue, textValue } from './json-value.ts';
import { valueWeight } from './value-weight.ts';

/** The longest displayed value of a sample; readers cut longer text anyway. */
const SHOWN_MAX_BYTES = 64 * 1024;

/** Rows of a result as JSON, up to the limits. */
export interface JsonRows {
  rows: Json[][];
  /** Whether the result has more rows. */
  truncated: boolean;
  /** Whether the first row alone exceeds the limit. */
  isFirstTooLarge: boolean;
}

/**
 * Converts rows one by one up to the limits. Checks a value's size before it converts the value. So
 * a chunk of 2,048 rows with a megabyte each, or one string of gigabytes, is never in memory twice.
 */
export async function readJsonRows(
  result: DuckDBResult,
  limits: { maxRows: number; maxBytes: number },
): Promise<JsonRows> {
  const rows: Json[][] = [];
  let bytes = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return { rows, truncated: false, isFirstTooLarge: false };
    for (let index = 0; index < chunk.rowCount; index += 1) {
      const full = { rows, truncated: true, isFirstTooLarge: false };
      if (rows.length === limits.maxRows) return full;
      const row = toJsonRow(chunk, index, limits.maxBytes - bytes);
      if (row === undefined) return { ...full, isFirstTooLarge: rows.length === 0 };
      bytes += row.bytes;
      rows.push(row.values);
    }
  }
}

/** undefined when the row exceeds the remaining bytes. */
function toJsonRow(
  chunk: DuckDBDataChunk,
  index: number,
  room: number,
): { values: Json[]; bytes: number } | undefined {
  let least = 0;
  for (let column = 0; column < chunk.columnCount; column += 1) {
    least += valueWeight(chunk.getColumnVector(column), index, room - least);
    if (least > room) return undefined;
  }
  const values: Json[] = [];
  for (let column = 0; column < chunk.columnCount; column += 1) {
    const vector = chunk.getColumnVector(column);
    values.push(jsonValue(vector.getItem(index), vector.type));
  }
  const bytes = Buffer.byteLength(JSON.stringify(values));
  return bytes > room ? undefined : { values, bytes };
}

/** One row's values as DuckDB prints them; a too large value is replaced by its size. */
export function toTextRow(chunk: DuckDBDataChunk, index: number): (string | null)[] {
  return Array.from({ length: chunk.columnCount }, (_, column) => {
    const vector = chunk.getColumnVector(column);
    const weight = valueWeight(vector, index, SHOWN_MAX_BYTES);
    if (weight > SHOWN_MAX_BYTES) return `(a value of more than ${SHOWN_MAX_BYTES / 1024} kB)`;
    return textValue(vector.getItem(index), vector.type);
  });
}
