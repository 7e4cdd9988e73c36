import { repeat } from '@rat/runtime';
import { findLeftovers } from '@rat/store';
import type { AttemptDeps } from './attempt-deps.ts';
import { discardRun } from './discard-attempt.ts';

const CLEAR_EVERY_MS = 2_000;

const RUNS_A_TURN = 100;

export type LeftoverDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'tables' | 'log'>;

/**
 * Takes away, until `signal` aborts, what runs left that were ended over their runner's head, or whose runner did not come
 * to it. Such a run has ended without a publish, so whatever its attempts staged is nobody's. Two runners at once do no harm, and a failure is tried
 * again in the next turn.
 */
export async function clearLeftovers(deps: LeftoverDeps, signal: AbortSignal): Promise<void> {
  await repeat(
    async () => {
      for (const { runId, table } of await findLeftovers(deps.db, RUNS_A_TURN)) {
        try {
          await discardRun(deps, table, runId);
        } catch (err) {
          deps.log.warn({ err, run_id: runId }, 'leftovers not removed');
        }
      }
    },
    {
      everyMs: CLEAR_EVERY_MS,
      signal,
      onError: (err) => deps.log.warn({ err }, 'search for leftovers failed'),
    },
  );
}
