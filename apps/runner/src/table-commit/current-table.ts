import { formatRef, type PipelineRef } from '@rat/domain';
import { readMainBranch, readTableState, type TableState } from '@rat/iceberg';
import { findTables } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { UnreadableTableError, withTableName } from './with-table-name.ts';

/** The table that a run builds on. */
export interface TargetTable {
  /** Undefined when the run begins a new table. */
  current: TableState | undefined;
  main: Awaited<ReturnType<typeof readMainBranch>>;
  /** The location in the catalog now; the run's commit replaces it. */
  location: string | undefined;
  /** Why the existing table cannot be read; the run begins a new one in its place. */
  unreadable?: string;
}

/**
 * Finds the table that a run writes. A full refresh replaces an unreadable table with a new one:
 * the old versions are lost anyway, and their files become orphans. Other runs throw
 * UnreadableTableError.
 */
export async function findTargetTable(
  deps: Pick<AttemptDeps, 'db' | 'tables'>,
  table: PipelineRef,
  { fullRefresh }: { fullRefresh: boolean },
): Promise<TargetTable> {
  const found = await findTables(deps.db, [table]);
  const location = found.get(formatRef(table));
  if (location === undefined) return { current: undefined, main: undefined, location };
  try {
    return await withTableName(table, async () => {
      const current = await readTableState(deps.tables, location);
      return { current, main: await readMainBranch(deps.tables, current), location };
    });
  } catch (error) {
    const isReplaced = fullRefresh && error instanceof UnreadableTableError && error.canBeReplaced;
    if (!isReplaced) throw error;
    return { current: undefined, main: undefined, location, unreadable: error.reason };
  }
}

/**
 * Finds the table as the catalog has it now; undefined when it does not exist. Throws
 * UnreadableTableError for a table that cannot be read.
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
