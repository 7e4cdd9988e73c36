import { quoteIdentifier, quoteText } from '@rat/domain';
import type { SessionLimits, TableContent } from '@rat/engine';
import { pathFromUri } from '@rat/storage';
import { inputRelation } from '../sandbox/definition-gate.ts';
import { openSession } from '../session/session.ts';
import { duckdbType } from '../table-sql/column-types.ts';
import { tableScanSql } from '../table-sql/table-scan-sql.ts';

const TABLE = '__rat_target';

/**
 * The greatest value of a column as an SQL literal of the column's type; undefined when there is no
 * value but NULL. Throws TypeError for a column that the content lacks.
 */
export async function greatestValue(
  { content, column }: { content: TableContent; column: string },
  limits: SessionLimits & { stagingDir: string },
): Promise<string | undefined> {
  const field = content.schema.fields.find(({ name }) => name === column);
  if (field === undefined) throw new TypeError('the table has no such column');
  const files = [...content.files, ...(content.deletes ?? [])].map(({ path }) => pathFromUri(path));
  const session = await openSession({
    inputs: { tables: { [TABLE]: { sql: tableScanSql(content), files } }, fileLists: {} },
    ...limits,
  });
  try {
    const [[value = null] = []] = await session.execute(
      `SELECT CAST(max(${quoteIdentifier(field.name)}) AS VARCHAR) FROM ${inputRelation(TABLE)}`,
    );
    return value === null ? undefined : `CAST(${quoteText(value)} AS ${duckdbType(field.type)})`;
  } finally {
    await session.close();
  }
}
