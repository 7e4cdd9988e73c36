import { announceRun } from '@rat/dispatch';
import { repeat } from '@rat/runtime';
import { createRun, MAINTENANCE_RUN, takeTablesDue } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const LOOK_EVERY_MS = 60_000;
const TABLES_A_TURN = 50;

/**
 * Asks for a maintenance run of every table that is due, until `signal` aborts; 0 asks for none. Every runner does, and
 * the database gives each table to one of them.
 */
export async function scheduleMaintenance(
  deps: Pick<AttemptDeps, 'db' | 'queue' | 'hints' | 'log'>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (everyMs === 0) return;
  await repeat(
    async () => {
      for (const pipeline of await takeTablesDue(deps.db, { everyMs, limit: TABLES_A_TURN })) {
        announceRun(deps, await createRun(deps.db, { ...MAINTENANCE_RUN, pipeline }));
      }
    },
    {
      everyMs: LOOK_EVERY_MS,
      signal,
      onError: (err) => deps.log.warn({ err }, 'maintenance not scheduled'),
    },
  );
}
