import { quotedIdentifier, StatementType, type DuckDBConnection } from '@duckdb/node-api';
import type { ColumnType } from '../table-sql/column-types.ts';
import { columnType, UNTYPED_NULL } from '../values/column-type.ts';
import { StatementError, type Statement } from '@rat/engine';
import { prepareAllowed, type GateOptions } from '../sandbox/prepare-allowed.ts';
import { refuseStatement } from '../sql/translate-error.ts';

/** A column of an author's result. */
export interface ResultColumn {
  name: string;
  type: ColumnType;
}

/**
 * The columns of an author's last statement, without running it. Throws StatementError when the
 * statement is no query, has parameters, or has two columns of one name.
 */
export async function describeSelect(
  connection: DuckDBConnection,
  select: Statement,
  gate: GateOptions,
): Promise<ResultColumn[]> {
  const columns = await preparedColumns(connection, select, gate);
  const untyped = await untypedNulls(connection, select, columns);
  return columns.map(({ name, type }) => ({
    name,
    type: untyped.has(name) ? UNTYPED_NULL : type,
  }));
}

async function preparedColumns(
  connection: DuckDBConnection,
  select: Statement,
  gate: GateOptions,
): Promise<ResultColumn[]> {
  const prepared = await prepareAllowed(connection, select, gate);
  try {
    if (prepared.statementType !== StatementType.SELECT) {
      throw refusal('the last statement must be a SELECT: its rows become the table', select);
    }
    if (prepared.parameterCount > 0) {
      throw refusal('a pipeline has no parameters: write the value itself', select);
    }
    const seen = new Set<string>();
    return Array.from({ length: prepared.columnCount }, (_, index) => {
      const name = prepared.columnName(index);
      // DuckDB would rename the second column, and names are case-insensitive.
      if (seen.has(name.toLowerCase())) throw refusal(`two columns are called "${name}"`, select);
      seen.add(name.toLowerCase());
      return { name, type: columnType(prepared.columnType(index)) };
    });
  } finally {
    prepared.destroySync();
  }
}

/**
 * The names of the columns that are NULL without a type. At the top of a query DuckDB types them
 * INTEGER, which a text column would refuse; an outer query still sees the original type. With
 * LIMIT 0 the planner drops the author's query and evaluates only its types. Below a WITH, DuckDB
 * has already made them INTEGER.
 */
async function untypedNulls(
  connection: DuckDBConnection,
  select: Statement,
  columns: readonly ResultColumn[],
): Promise<Set<string>> {
  const candidates = columns.filter(
    ({ type }) => type.kind === 'primitive' && type.name === 'INTEGER',
  );
  if (candidates.length === 0) return new Set();
  const types = candidates.map(({ name }) => `typeof(r.${quotedIdentifier(name)})`).join(', ');
  const reader = await connection.runAndReadAll(
    `SELECT ${types} FROM (SELECT 1) LEFT JOIN (SELECT * FROM (\n${select.text}\n) LIMIT 0) r ON true`,
  );
  const [row = []] = reader.getRows();
  return new Set(candidates.filter((_, index) => row[index] === '"NULL"').map(({ name }) => name));
}

function refusal(message: string, statement: Statement): StatementError {
  return new StatementError(refuseStatement(message, statement));
}
