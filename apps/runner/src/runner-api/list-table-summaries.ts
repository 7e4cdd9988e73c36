import type { RunnerRequest, TableList, TableSummary } from '@rat/contracts';
import { formatRef, type PipelineRef } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import { listTables } from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { inspectTable } from './inspect-table.ts';
import { presentTable, presentUnreadable } from './present-table.ts';

/**
 * Returns a page of tables. A table that cannot be read has its reason, and hides no other table.
 */
export async function listTableSummaries(
  deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>,
  request: RunnerRequest<'list-tables'>,
): Promise<TableList> {
  const { tables, total } = await listTables(deps.db, request);
  const summaries: TableSummary[] = [];
  // One after the other: a table whose writer stores no totals has all its manifests read.
  for (const { table, location } of tables) {
    summaries.push(await summarize(deps, table, location));
  }
  return { tables: summaries, total };
}

async function summarize(
  deps: Pick<RunnerApiDeps, 'tables' | 'log'>,
  table: PipelineRef,
  location: string,
): Promise<TableSummary> {
  try {
    const found = await inspectTable(deps.tables, table, location);
    return found.kind === 'readable'
      ? presentTable(table, found.metadata, found.counts)
      : presentUnreadable(table, found.reason, found.metadata);
  } catch (error) {
    const { message } = coerceError(error);
    deps.log.warn({ table: formatRef(table), reason: message }, 'table not readable');
    return presentUnreadable(table, 'the storage refused to read it');
  }
}
