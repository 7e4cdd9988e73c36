import { StatementType, type DuckDBConnection } from '@duckdb/node-api';
import type { Statement } from '@rat/engine';
import { prepareAllowed, type GateOptions } from '../sandbox/prepare-allowed.ts';
import { leadingWords } from '../sql/split-statements.ts';

/** The statements that make, change or drop what later statements name. */
const DEFINES: ReadonlySet<StatementType> = new Set([
  StatementType.CREATE,
  StatementType.CREATE_FUNC,
  StatementType.ALTER,
  StatementType.DROP,
  StatementType.SET,
  StatementType.VARIABLE_SET,
]);

/**
 * Binds one author's statement. One that defines an object runs, since later statements need the
 * object; a table from a query is made without the rows of that query. Other statements do not run:
 * they change rows only.
 */
export async function outlineStatement(
  connection: DuckDBConnection,
  statement: Statement,
  gate: GateOptions,
): Promise<void> {
  const prepared = await prepareAllowed(connection, statement, gate);
  try {
    if (!DEFINES.has(prepared.statementType)) return;
    if (await runWithoutRows(connection, statement, gate)) return;
    await prepared.run();
  } finally {
    prepared.destroySync();
  }
}

/** Whether the statement is a CREATE TABLE AS; then it has run, and its table is empty. */
async function runWithoutRows(
  connection: DuckDBConnection,
  statement: Statement,
  gate: GateOptions,
): Promise<boolean> {
  const words = leadingWords(statement.text, 6);
  if (words[0] !== 'create' || !words.includes('table')) return false;
  const text = `${statement.text}\nWITH NO DATA`;
  let prepared;
  try {
    prepared = await prepareAllowed(connection, { ...statement, text }, gate);
  } catch {
    // The clause belongs to a CREATE TABLE AS only. The statement itself has been bound already.
    return false;
  }
  try {
    await prepared.run();
    return true;
  } finally {
    prepared.destroySync();
  }
}
