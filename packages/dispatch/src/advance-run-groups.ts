import { coerceError, runJobs, type BackgroundJob } from '@rat/runtime';
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

/** One turn: of at most `limit` groups, or of the group `id`. Failures are logged; a later turn tries again. */
export async function advanceRunGroupsOnce(
  deps: DispatchDeps,
  options: { limit: number; id?: string },
): Promise<void> {
  const { runs, failed } = await advanceGroups(deps.db, options);
  for (const run of runs) announceRun(deps, run);
  for (const { id, error } of failed) {
    deps.log.warn({ err: coerceError(error), groupId: id }, 'run group not advanced');
  }
}

const JOBS: BackgroundJob<DispatchDeps>[] = [
  {
    name: 'advance-run-groups',
    everyMs: LOOK_EVERY_MS,
    run: (deps) => advanceRunGroupsOnce(deps, { limit: GROUPS_A_TURN }),
  },
  {
    name: 'forget-old-groups',
    everyMs: 60_000,
    run: ({ db }) =>
      forgetOldGroups(db, { days: GROUPS_KEPT_DAYS, limit: GROUPS_FORGOTTEN_A_TURN }),
  },
];
