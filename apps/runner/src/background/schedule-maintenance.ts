import { announceRun } from '@rat/dispatch';
import type { BackgroundJob } from '@rat/runtime';
import { createRun, MAINTENANCE_RUN, takeTablesDue } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const TABLES_A_TURN = 50;

/**
 * Creates a maintenance run for every table whose last one is `everyMs` ago. Every runner runs this
 * job, and the database gives each table to one of them.
 */
export function scheduleMaintenance(
  everyMs: number,
): BackgroundJob<Pick<AttemptDeps, 'db' | 'queue' | 'hints' | 'log'>> {
  return {
    name: 'schedule-maintenance',
    everyMs: 60_000,
    run: async (deps) => {
      for (const pipeline of await takeTablesDue(deps.db, { everyMs, limit: TABLES_A_TURN })) {
        announceRun(deps, await createRun(deps.db, { ...MAINTENANCE_RUN, pipeline }));
      }
    },
  };
}
