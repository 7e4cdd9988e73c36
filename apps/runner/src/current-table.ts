import { formatRef, type PipelineRef } from '@rat/domain';
import { readTableState, type TableState } from '@rat/lakehouse';
import { findTables } from '@rat/store';
import type { AttemptDeps } from './attempt-deps.ts';

/** The table as the catalog has it now; undefined when it is not there yet. */
export async function findCurrentTable(
  deps: Pick<AttemptDeps, 'db' | 'tables'>,
  table: PipelineRef,
): Promise<TableState | undefined> {
  const found = await findTables(deps.db, [table]);
  const location = found.get(formatRef(table));
  return location === undefined ? undefined : readTableState(deps.tables, location);
}
