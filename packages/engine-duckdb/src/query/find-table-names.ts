import type { DuckDBConnection } from '@duckdb/node-api';
import { StatementError, type NamedTable, type Statement } from '@rat/engine';
import { refusalByNames } from '../sandbox/name-gate.ts';
import { openInstance } from '../session/open-instance.ts';
import { parseTree, textOf, treeNodes, type ParseTree } from '../sandbox/parse-tree.ts';
import { locate } from '../sql/sql-position.ts';
import { explainedText } from '../sql/split-statements.ts';
import { refuseStatement, translateError } from '../sql/translate-error.ts';

/**
 * The table names in a SELECT, each once, including names of its own WITH clauses. DuckDB parses
 * the query but does not bind or run it. Throws StatementError for any other statement or invalid
 * SQL.
 */
export async function findTableNames(select: Statement): Promise<NamedTable[]> {
  const instance = await openInstance();
  try {
    const parser = await instance.connect();
    try {
      await refuseNames(parser, select);
      const tree = await parseTree(parser, explainedText(select.text) ?? select.text);
      return namedTables(select, tree);
    } finally {
      parser.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function refuseNames(parser: DuckDBConnection, select: Statement): Promise<void> {
  const refused = await refusalByNames(parser, select.text, 'query');
  if (refused === undefined) return;
  const place = locate(select.text, refused.offset ?? 0);
  throw new StatementError(refuseStatement(refused.message, select, place));
}

function namedTables(select: Statement, tree: ParseTree): NamedTable[] {
  if (tree.kind === 'syntax error') throw syntaxError(select, tree);
  if (tree.kind === 'no tree') {
    const message = 'a query is one SELECT; a PIVOT is written with FILTER or CASE instead';
    throw new StatementError(refuseStatement(message, select));
  }
  const found = new Map<string, NamedTable>();
  for (const node of treeNodes(tree.root)) {
    if (node['type'] !== 'BASE_TABLE') continue;
    const table: NamedTable = {
      catalog: textOf(node, 'catalog_name'),
      schema: textOf(node, 'schema_name'),
      table: textOf(node, 'table_name') ?? '',
    };
    found.set(JSON.stringify(table), table);
  }
  return [...found.values()];
}

/** Builds the error in DuckDB's own form, so that it is translated like every other. */
function syntaxError(
  select: Statement,
  { message, position }: Extract<ParseTree, { kind: 'syntax error' }>,
): StatementError {
  const thrown = JSON.stringify({
    exception_type: 'Parser',
    exception_message: message,
    position,
  });
  return new StatementError(translateError(new Error(`Parser Error: ${thrown}`), select));
}
