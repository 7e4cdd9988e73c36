import type { DoorQuestion, TableList, TableSummary } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import { readTableState, TableFormatError } from '@rat/lakehouse';
import { coerceError } from '@rat/runtime';
import { listTables } from '@rat/store';
import { countMain } from './count-main.ts';
import type { DoorDeps } from './door-answers.ts';
import { presentTable, presentUnreadable } from './present-table.ts';

/** A page of tables. One that we cannot read hides none of the others. */
export async function listTableSummaries(
  deps: Pick<DoorDeps, 'db' | 'tables' | 'log'>,
  question: DoorQuestion<'list-tables'>,
): Promise<TableList> {
  const { tables, total } = await listTables(deps.db, question);
  const summaries: TableSummary[] = [];
  // One after the other: a table whose writer keeps no totals has all its manifests read.
  for (const { table, location } of tables) {
    try {
      const { metadata } = await readTableState(deps.tables, location);
      summaries.push(presentTable(table, metadata, await countMain(deps.tables, metadata)));
    } catch (error) {
      if (!(error instanceof TableFormatError)) {
        deps.log.warn({ err: coerceError(error), table: formatRef(table) }, 'table not readable');
      }
      summaries.push(presentUnreadable(table));
    }
  }
  return { tables: summaries, total };
}
