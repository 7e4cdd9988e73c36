import { DuckDBInstance } from '@duckdb/node-api';
import { StatementError } from './errors.ts';
import { explainedText, type Statement } from './split-statements.ts';
import { refuseStatement, translateError } from './translate-error.ts';

/** A table as a query names it; an absent part was not written. */
export interface NamedTable {
  catalog: string | undefined;
  schema: string | undefined;
  table: string;
}

/**
 * The tables that a SELECT names, each once, names of its own WITH clauses too: DuckDB's parser says so, and nothing is
 * bound or run. Throws StatementError for what is no SELECT, or no SQL.
 */
export async function queryTables(select: Statement): Promise<NamedTable[]> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    try {
      const text = explainedText(select.text) ?? select.text;
      const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [
        text,
      ]);
      return namedTables(select, String(reader.getRows()[0]?.[0]));
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** Functions that show settings, files and definitions of the session, or that run a text which nobody looks at. */
const TELLS_OF_SESSION =
  /^(?:duckdb_.*|pragma_.*|current_setting|getenv|query|query_table|sql_auto_complete)$/i;

function namedTables(select: Statement, json: string): NamedTable[] {
  const found = new Map<string, NamedTable>();
  let refused: string | undefined;
  let looksInside: string | undefined;
  // Every node of the tree passes by here, wherever the grammar allows a table.
  const tree: unknown = JSON.parse(json, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    const called = part(value, 'function_name');
    if (called !== undefined && TELLS_OF_SESSION.test(called)) looksInside = called;
    if ('type' in value && value.type === 'BASE_TABLE') {
      const table: NamedTable = {
        catalog: part(value, 'catalog_name'),
        schema: part(value, 'schema_name'),
        table: part(value, 'table_name') ?? '',
      };
      found.set(JSON.stringify(table), table);
    }
    return value;
  });
  if (typeof tree === 'object' && tree !== null && 'error' in tree && tree.error === true) {
    const isSyntax = part(tree, 'error_type') === 'parser';
    refused = isSyntax
      ? (part(tree, 'error_message') ?? 'syntax error')
      : 'a query is one SELECT; a PIVOT is written with FILTER or CASE instead';
    if (isSyntax) throw syntaxError(select, tree, refused);
    throw new StatementError(refuseStatement(refused, select));
  }
  if (looksInside !== undefined) {
    const message = `${looksInside}() is not allowed: it tells of the machine, not of tables`;
    throw new StatementError(refuseStatement(message, select));
  }
  return [...found.values()];
}

function part(node: object, key: string): string | undefined {
  const value: unknown = Object.entries(node).find(([name]) => name === key)?.[1];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** In the form in which DuckDB throws it, so that it is placed and worded like every other. */
function syntaxError(select: Statement, tree: object, message: string): StatementError {
  const thrown = JSON.stringify({
    exception_type: 'Parser',
    exception_message: message,
    position: part(tree, 'position'),
  });
  return new StatementError(translateError(new Error(`Parser Error: ${thrown}`), select));
}
