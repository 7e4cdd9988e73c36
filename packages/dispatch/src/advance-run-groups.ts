import { runJobs, type BackgroundJob } from '@rat/runtime';
import { advanceGroups, forgetOldGroups } from '@rat/store';
import { announceRun } from './announce-run.ts';
import type { DispatchDeps } from './dispatch-deps.ts';

/** A turn without a group to advance reads one small index. */
const LOOK_EVERY_MS = 300;

const GROUPS_A_TURN = 50;
const GROUPS_KEPT_DAYS = 90;
const GROUPS_FORGOTTEN_A_TURN = 500;

/**
 * Creates the runs of groups whose needs have succeeded, until `signal` aborts. Every API and every
 * runner does; the locks of the groups divide the work.
 */
export async function advanceRunGroups(deps: DispatchDeps, signal: AbortSignal): Promise<void> {
  await runJobs(JOBS, deps, signal);
}

const JOBS: BackgroundJob<DispatchDeps>[] = [
  {
    name: 'advance-run-groups',
    everyMs: LOOK_EVERY_MS,
    run: async (deps) => {
      const runs = await advanceGroups(deps.db, { limit: GROUPS_A_TURN });
      for (const run of runs) announceRun(deps, run);
    },
  },
  {
    name: 'forget-old-groups',
    everyMs: 60_000,
    run: ({ db }) =>
      forgetOldGroups(db, { days: GROUPS_KEPT_DAYS, limit: GROUPS_FORGOTTEN_A_TURN }),
  },
];
