import { formatRef, type PipelineRef } from '@rat/domain';
import { readTableState, type TableState } from '@rat/lakehouse';
import { findTables } from '@rat/store';
import type { AttemptDeps } from './attempt-deps.ts';
import { withTableName } from './with-table-name.ts';

/**
 * The table as the catalog has it now; undefined when it is not there yet. Throws UnprocessableError for one that we
 * cannot read.
 */
export async function findCurrentTable(
  deps: Pick<AttemptDeps, 'db' | 'tables'>,
  table: PipelineRef,
): Promise<TableState | undefined> {
  const found = await findTables(deps.db, [table]);
  const location = found.get(formatRef(table));
  if (location === undefined) return undefined;
  return withTableName(table, () => readTableState(deps.tables, location));
}
