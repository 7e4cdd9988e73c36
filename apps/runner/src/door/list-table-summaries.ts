import type { DoorQuestion, TableList } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import { readTableState, TableFormatError } from '@rat/lakehouse';
import { coerceError } from '@rat/runtime';
import { listTables } from '@rat/store';
import type { DoorDeps } from './door-answers.ts';
import { presentTable, presentUnreadable } from './present-table.ts';

/** A page of tables, counted from their metadata alone. One that we cannot read hides none of the others. */
export async function listTableSummaries(
  deps: Pick<DoorDeps, 'db' | 'tables' | 'log'>,
  question: DoorQuestion<'list-tables'>,
): Promise<TableList> {
  const { tables, total } = await listTables(deps.db, question);
  const summaries = tables.map(async ({ table, location }) => {
    try {
      return presentTable(table, (await readTableState(deps.tables, location)).metadata);
    } catch (error) {
      if (!(error instanceof TableFormatError)) {
        deps.log.warn({ err: coerceError(error), table: formatRef(table) }, 'table not readable');
      }
      return presentUnreadable(table);
    }
  });
  return { tables: await Promise.all(summaries), total };
}
