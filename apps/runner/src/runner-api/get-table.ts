import type { RunnerRequest, TableDetail } from '@rat/contracts';
import { formatRef, NotFoundError } from '@rat/domain';
import { findTables } from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { inspectTable } from './inspect-table.ts';
import { presentTableDetail, presentUnreadableDetail } from './present-table.ts';

/**
 * Returns one table with its columns and versions, or the reason why it cannot be read. Throws
 * NotFoundError.
 */
export async function getTable(
  deps: Pick<RunnerApiDeps, 'db' | 'tables'>,
  table: RunnerRequest<'get-table'>,
): Promise<TableDetail> {
  const location = (await findTables(deps.db, [table])).get(formatRef(table));
  if (location === undefined) throw new NotFoundError(`table ${formatRef(table)} does not exist`);
  const found = await inspectTable(deps.tables, table, location);
  return found.kind === 'readable'
    ? presentTableDetail(table, found.metadata, found.counts)
    : presentUnreadableDetail(table, found.reason, found.metadata);
}
