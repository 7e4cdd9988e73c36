import type { RunnerRequest, TableDetail } from '@rat/contracts';
import { formatRef, NotFoundError } from '@rat/domain';
import { findTableDocs, findTables } from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { inspectTable } from './inspect-table.ts';
import { presentTableDetail, presentUnreadableDetail, withDocs } from './present-table.ts';

/**
 * Returns one table with its columns and versions, or the reason why it cannot be read. Throws
 * NotFoundError.
 */
export async function getTable(
  deps: Pick<RunnerApiDeps, 'db' | 'tables'>,
  table: RunnerRequest<'get-table'>,
): Promise<TableDetail> {
  const name = formatRef(table);
  const [found, docs] = await Promise.all([
    findTables(deps.db, [table]),
    findTableDocs(deps.db, [table]),
  ]);
  const location = found.get(name);
  if (location === undefined) throw new NotFoundError(`table ${name} does not exist`);
  const inspected = await inspectTable(deps.tables, table, location);
  const detail =
    inspected.kind === 'readable'
      ? presentTableDetail(table, inspected.metadata, inspected.counts)
      : presentUnreadableDetail(table, inspected.reason, inspected.metadata);
  return withDocs(detail, docs.get(name));
}
