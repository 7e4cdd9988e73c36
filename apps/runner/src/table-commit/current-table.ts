import { formatRef, type PipelineRef } from '@rat/domain';
import { readMainBranch, readTableState, type TableState } from '@rat/lakehouse';
import { findTables } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { UnreadableTableError, withTableName } from './with-table-name.ts';

/** What a run builds on. */
export interface TargetTable {
  /** undefined when the run begins a new table. */
  current: TableState | undefined;
  main: Awaited<ReturnType<typeof readMainBranch>>;
  /** Where the catalog points now; the run's version takes the place of that. */
  location: string | undefined;
  /** Why the table that is there cannot be read; the run begins a new one in its place. */
  unreadable?: string;
}

/**
 * The table that a run writes. A full refresh needs nothing of what is there, so it begins a new table in place of one
 * that cannot be read: its versions are gone anyway, and its files become orphans. Throws UnreadableTableError otherwise.
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
 * The table as the catalog has it now; undefined when it is not there yet. Throws UnreadableTableError for one that we
 * cannot read.
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
