import { quotedIdentifier, StatementType, type DuckDBConnection } from '@duckdb/node-api';
import { isTextOnly } from '../values/json-value.ts';
import { prepareAllowed, type GateOptions } from './prepare-allowed.ts';
import type { Statement } from '@rat/engine';

type Prepared = Awaited<ReturnType<typeof prepareAllowed>>;

/** A statement for display, with the columns as the author wrote them. */
export interface ShownStatement {
  prepared: Prepared;
  columns: { name: string; type: string }[];
}

/**
 * Prepares a query like `prepareAllowed`; the caller destroys it. DuckDB converts those columns to
 * text of which the Node client would lose a part.
 */
export async function prepareShown(
  connection: DuckDBConnection,
  statement: Statement,
  gate: GateOptions,
): Promise<ShownStatement> {
  const prepared = await prepareAllowed(connection, statement, gate);
  const types = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnType(i));
  const columns = types.map((type, i) => ({ name: prepared.columnName(i), type: String(type) }));
  if (prepared.statementType !== StatementType.SELECT || !types.some(isTextOnly)) {
    return { prepared, columns };
  }
  prepared.destroySync();
  // By position, because names may repeat.
  const names = types.map((_, i) => quotedIdentifier(`c${i}`));
  const shown = types.map((type, i) =>
    isTextOnly(type) ? `CAST(${names[i]} AS VARCHAR)` : `${names[i]}`,
  );
  const text = `SELECT ${shown.join(', ')} FROM (\n${statement.text}\n) AS t(${names.join(', ')})`;
  return { prepared: await prepareAllowed(connection, { ...statement, text }, gate), columns };
}
