import { StatementType, type DuckDBPreparedStatement } from '@duckdb/node-api';
import { toTextRow } from './read-rows.ts';

/**
 * Reads a result chunk by chunk, so that a large one is never in memory as a whole. Converts the
 * first `keepRows` rows and passes them on one by one. Returns the number of rows read, or of rows
 * that a statement inserted, changed or removed.
 */
export async function drain(
  prepared: DuckDBPreparedStatement,
  onRow: (row: (string | null)[]) => void,
  keepRows = 0,
): Promise<number> {
  const result = await prepared.stream();
  const counts = prepared.statementType !== StatementType.SELECT && result.columnCount === 1;
  if (counts && result.columnName(0) === 'Count') {
    const chunk = await result.fetchChunk();
    return Number(chunk?.getRows()[0]?.[0] ?? 0);
  }
  let rows = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return rows;
    for (let index = 0; index < chunk.rowCount && rows + index < keepRows; index += 1) {
      onRow(toTextRow(chunk, index));
    }
    rows += chunk.rowCount;
  }
}
