import { quotedIdentifier, type DuckDBConnection } from '@duckdb/node-api';
import { StatementError, type QueryRows, type Statement } from '@rat/engine';
import { refuseStatement } from '../sql/translate-error.ts';
import { isTextOnly } from '../values/json-value.ts';
import { readJsonRows } from '../values/read-rows.ts';

/** The text before the author's statement in the executed SQL. */
export const PREVIEW_WRAPPER = 'SELECT * FROM (\n';

/**
 * The first rows of a described SELECT. The limit is a part of the query, so that DuckDB computes
 * no more rows than it must; one row more than wanted tells whether there are more.
 */
export async function previewSelect(
  connection: DuckDBConnection,
  select: Statement,
  limits: { maxRows: number; maxBytes: number },
): Promise<QueryRows> {
  const behind = `\n) LIMIT ${limits.maxRows + 1}`;
  let prepared = await connection.prepare(`${PREVIEW_WRAPPER}${select.text}${behind}`);
  try {
    const types = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnType(i));
    const columns = types.map((type, i) => ({ name: prepared.columnName(i), type: String(type) }));
    if (types.some(isTextOnly)) {
      // DuckDB converts those columns to text of which the Node client would lose a part.
      const shown = columns.map(({ name }, i) => {
        const column = quotedIdentifier(name);
        const type = types[i];
        return type && isTextOnly(type) ? `CAST(${column} AS VARCHAR) AS ${column}` : column;
      });
      prepared.destroySync();
      prepared = await connection.prepare(
        `SELECT ${shown.join(', ')} FROM (\n${select.text}${behind}`,
      );
    }
    const result = await prepared.stream();
    const read = await readJsonRows(result, limits);
    // DuckDB writes the profile of a query at the end of its rows. The last row has been read when the
    // number of rows cut the answer; behind large rows, there may be more to read than it is worth.
    if (read.truncated && read.rows.length === limits.maxRows) await result.fetchChunk();
    if (read.isFirstTooLarge) {
      const most = Math.floor(limits.maxBytes / 2 ** 20);
      const message = `one row takes more than the ${most} MB that an answer may have: select fewer columns, or a part of the value`;
      throw new StatementError(refuseStatement(message, select));
    }
    return { columns, rows: read.rows, truncated: read.truncated };
  } finally {
    prepared.destroySync();
  }
}
