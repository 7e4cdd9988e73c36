import type { DoorQuestion, TableDetail } from '@rat/contracts';
import { formatRef, NotFoundError } from '@rat/domain';
import { findCurrentTable } from '../current-table.ts';
import { withTableName } from '../with-table-name.ts';
import { countMain } from './count-main.ts';
import type { DoorDeps } from './door-answers.ts';
import { presentTableDetail } from './present-table.ts';

/** One table with its columns and versions. Throws NotFoundError, and UnprocessableError for one that we cannot read. */
export async function getTable(
  deps: Pick<DoorDeps, 'db' | 'tables'>,
  table: DoorQuestion<'get-table'>,
): Promise<TableDetail> {
  const current = await findCurrentTable(deps, table);
  if (current === undefined) throw new NotFoundError(`table ${formatRef(table)} does not exist`);
  const { metadata } = current;
  const counts = await withTableName(table, () => countMain(deps.tables, metadata));
  return presentTableDetail(table, metadata, counts);
}
