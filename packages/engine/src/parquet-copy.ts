import {
  quotedIdentifier,
  quotedString,
  StatementType,
  type DuckDBConnection,
  type DuckDBType,
} from '@duckdb/node-api';
import { StatementError } from './errors.ts';
import { parquetCast, UnsupportedTypeError } from './parquet-casts.ts';
import { prepareAllowed } from './prepare-allowed.ts';
import type { Statement } from './split-statements.ts';
import { refuseStatement } from './translate-error.ts';

/** A column of a result; `type` is DuckDB's name of the type as it is written. */
export interface ResultColumn {
  name: string;
  type: string;
}

/** A COPY that is ready to run. */
export interface ParquetCopy {
  sql: string;
  /** What stands before the author's text in `sql`, for the arithmetic of error positions. */
  wrapper: string;
  columns: ResultColumn[];
}

interface CopyOptions {
  stagingDir: string;
  targetFileMb: number;
  memoryLimitMb: number;
  threads: number;
}

/**
 * Looks at an author's last statement and makes the COPY of its rows. Throws StatementError when it is no query, or
 * its columns are no table: two names alike, or a type that Parquet does not give back.
 */
export async function planParquetCopy(
  connection: DuckDBConnection,
  select: Statement,
  options: CopyOptions,
): Promise<ParquetCopy> {
  const columns = await describeColumns(connection, select);
  const list = columns.some((column) => column.cast) ? columns.map(castColumn).join(', ') : '*';
  // On lines of its own, so that a comment at the end of the author's text ends there.
  const wrapper = `COPY (SELECT ${list} FROM (\n`;
  const ordered = await isOrdered(connection, select.text);
  return {
    sql: `${wrapper}${select.text}\n)) TO ${copyTarget(options, ordered)}`,
    wrapper,
    columns: columns.map(({ name, type }) => ({ name, type })),
  };
}

async function describeColumns(
  connection: DuckDBConnection,
  select: Statement,
): Promise<(ResultColumn & { cast: boolean })[]> {
  const prepared = await prepareAllowed(connection, select);
  try {
    if (prepared.statementType !== StatementType.SELECT) {
      throw refusal('the last statement must be a SELECT: its rows become the table', select);
    }
    const seen = new Set<string>();
    return Array.from({ length: prepared.columnCount }, (_, index) => {
      const name = prepared.columnName(index);
      // DuckDB would rename the second one, and names do not differ by case alone.
      if (seen.has(name.toLowerCase())) throw refusal(`two columns are called "${name}"`, select);
      seen.add(name.toLowerCase());
      const type = prepared.columnType(index);
      const cast = castOrRefuse(name, type, select);
      return { name, type: cast ?? String(type), cast: cast !== undefined };
    });
  } finally {
    prepared.destroySync();
  }
}

function castOrRefuse(name: string, type: DuckDBType, select: Statement): string | undefined {
  try {
    return parquetCast(type);
  } catch (error) {
    if (!(error instanceof UnsupportedTypeError)) throw error;
    throw refusal(`column "${name}": ${error.message}`, select, error);
  }
}

function refusal(message: string, statement: Statement, cause?: unknown): StatementError {
  return new StatementError(refuseStatement(message, statement), { cause });
}

function castColumn({ name, type, cast }: ResultColumn & { cast: boolean }): string {
  const column = quotedIdentifier(name);
  return cast ? `CAST(${column} AS ${type}) AS ${column}` : column;
}

/** DuckDB's own parse of the text; what it cannot serialize, like a PIVOT, counts as unordered. */
async function isOrdered(connection: DuckDBConnection, text: string): Promise<boolean> {
  const modifiers = `json_extract_string(json_serialize_sql(${quotedString(text)}), '$.statements[0].node.modifiers[*].type')`;
  const reader = await connection.runAndReadAll(
    `SELECT list_contains(${modifiers}, 'ORDER_MODIFIER') AS ordered`,
  );
  return reader.getRowObjects()[0]?.['ordered'] === true;
}

/** Every thread holds one row group; together they may take an eighth of the memory. */
function rowGroupMb({ memoryLimitMb, threads }: CopyOptions): number {
  return Math.min(128, Math.max(4, Math.floor(memoryLimitMb / (8 * threads))));
}

function copyTarget(options: CopyOptions, ordered: boolean): string {
  const common = [
    'FORMAT parquet',
    'COMPRESSION zstd',
    `ROW_GROUP_SIZE_BYTES '${rowGroupMb(options)}MiB'`,
    'RETURN_STATS',
  ].join(', ');
  if (ordered) {
    return `${quotedString(`${options.stagingDir}/part_0.parquet`)} (${common}, USE_TMP_FILE false)`;
  }
  const split = `FILE_SIZE_BYTES '${options.targetFileMb}MiB', FILENAME_PATTERN 'part_{i}'`;
  return `${quotedString(options.stagingDir)} (${common}, ${split})`;
}
