import type { DroppedFacts, RunnerRequest, TableList, TableSummary } from '@rat/contracts';
import { formatRef, type PipelineRef } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import { findTableDocs, listDroppedTables, listTables, type DroppedTable } from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { inspectTable } from './inspect-table.ts';
import { presentDocs, presentTable, presentUnreadable } from './present-table.ts';

type ListDeps = Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>;

/**
 * Returns a page of tables, or of the dropped ones that can be restored. A table that cannot be read
 * has its reason, and hides no other table.
 */
export async function listTableSummaries(
  deps: ListDeps,
  request: RunnerRequest<'list-tables'>,
): Promise<TableList> {
  return request.dropped ? listDropped(deps, request) : listCurrent(deps, request);
}

async function listCurrent(
  deps: ListDeps,
  request: RunnerRequest<'list-tables'>,
): Promise<TableList> {
  const { tables, total } = await listTables(deps.db, request);
  const docs = await findTableDocs(
    deps.db,
    tables.map(({ table }) => table),
  );
  const summaries: TableSummary[] = [];
  // One after the other: a table whose writer stores no totals has all its manifests read.
  for (const { table, location } of tables) {
    const summary = await summarize(deps, table, location);
    summaries.push({ ...summary, ...presentDocs(docs.get(formatRef(table))) });
  }
  return { tables: summaries, total };
}

async function listDropped(
  deps: ListDeps,
  request: RunnerRequest<'list-tables'>,
): Promise<TableList> {
  const { dropped, total } = await listDroppedTables(deps.db, request);
  const summaries: TableSummary[] = [];
  for (const drop of dropped) {
    const summary = await summarize(deps, drop.table, drop.location);
    summaries.push({ ...summary, dropped: presentDrop(drop) });
  }
  return { tables: summaries, total };
}

function presentDrop(drop: DroppedTable): DroppedFacts {
  return {
    drop_id: drop.id,
    dropped_at: drop.droppedAt.toISOString(),
    dropped_by: drop.droppedBy ?? null,
    reason: drop.reason ?? null,
    forced: drop.forced,
    restorable_until: drop.keepUntil.toISOString(),
  };
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
