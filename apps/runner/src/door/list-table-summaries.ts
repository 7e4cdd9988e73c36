import type { DoorQuestion, TableList } from '@rat/contracts';
import { readTableState } from '@rat/lakehouse';
import { listTables } from '@rat/store';
import type { DoorDeps } from './door-answers.ts';
import { presentTable } from './present-table.ts';

/** A page of tables, counted from their metadata alone. */
export async function listTableSummaries(
  deps: Pick<DoorDeps, 'db' | 'tables'>,
  question: DoorQuestion<'list-tables'>,
): Promise<TableList> {
  const { tables, total } = await listTables(deps.db, question);
  const summaries = tables.map(async ({ table, location }) => {
    const { metadata } = await readTableState(deps.tables, location);
    return presentTable(table, metadata);
  });
  return { tables: await Promise.all(summaries), total };
}
