import {
  StatementType,
  type DuckDBConnection,
  type DuckDBExtractedStatements,
  type DuckDBPreparedStatement,
} from '@duckdb/node-api';
import { refusalByDefinition } from './definition-gate.ts';
import { StatementError, type Statement } from '@rat/engine';
import { refusalByNames, type StatementScope } from './name-gate.ts';
import { explainedText } from '../sql/split-statements.ts';
import { locate } from '../sql/sql-position.ts';
import { refusalByType, refusalByWords } from './statement-gate.ts';
import { refuseStatement } from '../sql/translate-error.ts';

/** Runs the step that prepares a statement. */
export type PrepareStep = <T>(prepare: () => Promise<T>) => Promise<T>;

export interface GateOptions {
  /** A connection that parses statements and runs no author's statement. */
  parser: DuckDBConnection;
  scope: StatementScope;
  step?: PrepareStep;
}

/**
 * Prepares one author's statement if the gate allows it; the caller destroys it. DuckDB splits a
 * PIVOT into two statements. The first, a type in memory, is executed here because the second needs
 * it. Throws StatementError for a refusal, and DuckDB's own error for a failed preparation.
 */
export async function prepareAllowed(
  connection: DuckDBConnection,
  statement: Statement,
  { parser, scope, step = (prepare) => prepare() }: GateOptions,
): Promise<DuckDBPreparedStatement> {
  const { text } = statement;
  const extracted = await parseAllowed(connection, statement, { parser, scope });
  for (let index = 0; ; index++) {
    const prepared = await step(() => extracted.prepare(index));
    try {
      refuseIf(refusalByType(prepared.statementType, text), statement);
      if (prepared.statementType === StatementType.EXPLAIN) {
        await checkExplained(connection, statement, { parser, scope });
      }
      if (index >= extracted.count - 1) return prepared;
      await prepared.run();
    } catch (error) {
      prepared.destroySync();
      throw error;
    }
    prepared.destroySync();
  }
}

/**
 * Parses one author's statement if the gate allows its words and names; binds nothing. Throws
 * StatementError for a refusal, and DuckDB's own error for a text that is no SQL.
 */
export async function parseAllowed(
  connection: DuckDBConnection,
  statement: Statement,
  { parser, scope }: GateOptions,
): Promise<DuckDBExtractedStatements> {
  const { text } = statement;
  refuseIf(refusalByWords(text) ?? refusalByDefinition(text), statement);
  const refused = await refusalByNames(parser, text, scope);
  refuseIf(refused?.message, statement, refused?.offset);
  return connection.extractStatements(text);
}

/**
 * Checks the explained statement: EXPLAIN ANALYZE executes it, and could carry a COPY past the
 * gate.
 */
async function checkExplained(
  connection: DuckDBConnection,
  statement: Statement,
  options: GateOptions,
): Promise<void> {
  const inner = explainedText(statement.text);
  if (inner === undefined) refuseIf('this form of EXPLAIN is not allowed', statement);
  const prepared = await prepareAllowed(connection, { ...statement, text: inner ?? '' }, options);
  prepared.destroySync();
}

function refuseIf(message: string | undefined, statement: Statement, offset = 0): void {
  if (message === undefined) return;
  throw new StatementError(refuseStatement(message, statement, locate(statement.text, offset)));
}
