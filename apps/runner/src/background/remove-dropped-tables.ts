import { formatRef } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import { noteDropRemoved, takeExpiredDrops } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { removeDroppedTable } from '../maintenance/remove-dropped-table.ts';

const TABLES_A_TURN = 5;

/**
 * Removes the files of dropped tables whose time is over, some at a time; counts those tables. The
 * database gives each drop to one runner. A removal that fails is tried again ten minutes later, and
 * delays no other.
 */
export async function removeDroppedTables(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'log'>,
  signal: AbortSignal,
): Promise<{ tables: number; isDone: boolean }> {
  let tables = 0;
  const expired = await takeExpiredDrops(deps.db, TABLES_A_TURN);
  for (const dropped of expired) {
    if (signal.aborted) break;
    const table = formatRef(dropped.table);
    try {
      const files = await removeDroppedTable(deps, dropped);
      await noteDropRemoved(deps.db, dropped.id);
      deps.log.info({ table, files }, 'dropped table removed');
      tables += 1;
    } catch (error) {
      const reason = coerceError(error).message;
      deps.log.warn({ table, reason }, 'dropped table not removed');
    }
  }
  return { tables, isDone: expired.length < TABLES_A_TURN };
}
