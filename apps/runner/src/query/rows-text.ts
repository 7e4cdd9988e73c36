import type { RowsAs } from '@rat/contracts';
import { rowObjects } from '@rat/domain';
import type { QueryRows } from '@rat/engine';

/** The rows of an answer as the JSON text of one array, and the rest of the answer. */
export interface RowsOfAnswer extends Pick<QueryRows, 'columns' | 'truncated'> {
  text: string;
  rowCount: number;
}

/**
 * Writes rows as arrays or as objects. An object repeats the names of the columns, so the text of the
 * objects ends where it would exceed `maxBytes`; it has one row at least, which the engine has
 * measured with the names.
 */
export function rowsText(
  { columns, rows, truncated }: QueryRows,
  { rowsAs = 'arrays', maxBytes }: { rowsAs?: RowsAs | undefined; maxBytes: number },
): RowsOfAnswer {
  if (rowsAs === 'arrays') {
    return { columns, text: JSON.stringify(rows), rowCount: rows.length, truncated };
  }
  const objects = rowObjects(columns);
  const texts: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    const text = JSON.stringify(objects.toObject(row));
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > maxBytes && texts.length > 0) break;
    texts.push(text);
  }
  return {
    columns: objects.columns,
    text: `[${texts.join(',')}]`,
    rowCount: texts.length,
    truncated: truncated || texts.length < rows.length,
  };
}
