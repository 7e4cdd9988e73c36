import { stat } from 'node:fs/promises';
import { quotedIdentifier, quotedString, StatementType, type DuckDBType } from '@duckdb/node-api';
import { distinctNames } from '@rat/domain';
import {
  StatementError,
  type ExportedQuery,
  type ExportOptions,
  type QueryOptions,
  type Statement,
} from '@rat/engine';
import { UnsupportedTypeError } from '@rat/iceberg';
import { prepareAllowed } from '../sandbox/prepare-allowed.ts';
import { refuseStatement } from '../sql/translate-error.ts';
import { duckdbType, icebergType } from '../table-sql/column-types.ts';
import { columnType } from '../values/column-type.ts';
import { withQueryConnection, type QueryConnections } from './query-session.ts';

/** A table of the session's own; it exists only after the author's SQL was bound. */
const TABLE = '__rat_answer';

const FORMATS: Record<ExportOptions['format'], string> = {
  csv: 'FORMAT csv, HEADER true',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
};

/**
 * Writes the rows of one SELECT into a file, with DuckDB's own writers, so that no value loses its
 * type on its way through JavaScript. The rows are collected first, because only then their number
 * and the memory they take are bounded. Throws StatementError, also for a result of more than
 * `maxBytes`.
 */
export async function exportQuery(
  select: Statement,
  options: QueryOptions & ExportOptions,
): Promise<ExportedQuery> {
  const keepsOrder = true;
  return withQueryConnection(select, { ...options, keepsOrder }, (connections) =>
    writeRows(connections, select, options),
  );
}

async function writeRows(
  { connection, parser }: QueryConnections,
  select: Statement,
  options: QueryOptions & ExportOptions,
): Promise<ExportedQuery> {
  const { maxRows, maxBytes, path, format } = options;
  const gate = { parser, scope: 'query' } as const;
  const prepared = await prepareAllowed(connection, select, gate);
  let columns: ExportedQuery['columns'];
  let written: string[];
  try {
    if (prepared.statementType !== StatementType.SELECT) {
      const message = `only a SELECT can be answered as ${format}; ask for JSON`;
      throw new StatementError(refuseStatement(message, select));
    }
    const types = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnType(i));
    columns = types.map((type, i) => ({ name: prepared.columnName(i), type: String(type) }));
    written = types.map(parquetType);
  } finally {
    prepared.destroySync();
  }
  // By position, because names may repeat. One row more shows that there are more.
  const names = columns.map((_, i) => `c${i}`);
  const limited = `SELECT * FROM (\n${select.text}\n) AS t(${names.join(', ')}) LIMIT ${maxRows + 1}`;
  // Gated as well, so that the text cannot mean more inside of the parentheses than it does alone.
  (await prepareAllowed(connection, { ...select, text: limited }, gate)).destroySync();
  await connection.run(`CREATE TEMP TABLE ${TABLE} AS ${limited}`);
  const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${TABLE}`);
  const rows = Number(counted.getRows()[0]?.[0] ?? 0);
  const shown = distinctNames(columns.map(({ name }) => name)).map((name, i) => {
    const value = format === 'csv' ? `c${i}` : `CAST(c${i} AS ${written[i]})`;
    return `${value} AS ${quotedIdentifier(name)}`;
  });
  const target = `${quotedString(path)} (${FORMATS[format]}, USE_TMP_FILE false)`;
  await connection.run(
    `COPY (SELECT ${shown.join(', ')} FROM ${TABLE} LIMIT ${maxRows}) TO ${target}`,
  );
  if ((await stat(path)).size > maxBytes) {
    const most = Math.floor(maxBytes / 2 ** 20);
    const message = `the result takes more than the ${most} MB that an answer may have: select fewer columns, or set a lower limit`;
    throw new StatementError(refuseStatement(message, select));
  }
  return { columns, rowCount: Math.min(rows, maxRows), truncated: rows > maxRows };
}

/**
 * The type that a column has in Parquet: as a table would store it. DuckDB would write HUGEINT, the
 * type of every sum of integers, as DOUBLE. What no table can hold is text, as it is in JSON.
 */
function parquetType(type: DuckDBType): string {
  try {
    return duckdbType(icebergType(columnType(type), 'column', { timeAs: 'time' }));
  } catch (error) {
    if (error instanceof UnsupportedTypeError) return 'VARCHAR';
    throw error;
  }
}
