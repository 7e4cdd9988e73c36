import { open } from 'node:fs/promises';
import type { DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { valueWeight } from '../values/value-weight.ts';
import { batchMessage, END_OF_STREAM, schemaMessage } from './arrow-stream.ts';
import { fieldOf } from './arrow-type.ts';

/**
 * Writes a result into a new file as an Arrow stream, one batch for each chunk of DuckDB. Returns
 * false, and leaves the file as it is, when the values weigh more than `maxBytes`: their size is
 * known before they are converted, so that none of them is in memory twice.
 */
export async function writeArrow(
  result: DuckDBResult,
  names: readonly string[],
  { path, maxBytes }: { path: string; maxBytes: number },
): Promise<boolean> {
  const fields = names.map((name, i) => fieldOf(name, result.columnType(i)));
  const file = await open(path, 'wx');
  try {
    // Unlike `write`, it goes on after a part was written.
    await file.appendFile(schemaMessage(fields));
    let weight = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) break;
      const columns: DuckDBValue[][] = [];
      for (let column = 0; column < chunk.columnCount; column += 1) {
        const vector = chunk.getColumnVector(column);
        for (let row = 0; row < chunk.rowCount; row += 1) {
          weight += valueWeight(vector, row, maxBytes - weight);
          if (weight > maxBytes) return false;
        }
        columns.push(Array.from({ length: chunk.rowCount }, (_, row) => vector.getItem(row)));
      }
      await file.appendFile(batchMessage(fields, columns));
    }
    await file.appendFile(END_OF_STREAM);
    return true;
  } finally {
    await file.close();
  }
}
