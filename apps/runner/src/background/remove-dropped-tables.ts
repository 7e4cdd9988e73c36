import { formatRef } from '@rat/domain';
import { coerceError, type BackgroundJob } from '@rat/runtime';
import { noteDropRemoved, takeExpiredDrops } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { removeDroppedTable } from '../maintenance/remove-dropped-table.ts';

const TABLES_A_TURN = 5;

/**
 * Removes the files of dropped tables whose time is over. Every runner runs this job, and the
 * database gives each drop to one of them. A removal that fails is tried again ten minutes later,
 * and delays no other.
 */
export const removeDroppedTables: BackgroundJob<Pick<AttemptDeps, 'db' | 'tables' | 'log'>> = {
  name: 'remove-dropped-tables',
  everyMs: 60_000,
  run: async (deps, signal) => {
    for (const dropped of await takeExpiredDrops(deps.db, TABLES_A_TURN)) {
      if (signal.aborted) return;
      const table = formatRef(dropped.table);
      try {
        const files = await removeDroppedTable(deps, dropped);
        await noteDropRemoved(deps.db, dropped.id);
        deps.log.info({ table, files }, 'dropped table removed');
      } catch (error) {
        const reason = coerceError(error).message;
        deps.log.warn({ table, reason }, 'dropped table not removed');
      }
    }
  },
};
