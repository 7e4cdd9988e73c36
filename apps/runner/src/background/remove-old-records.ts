import type { BackgroundJob } from '@rat/runtime';
import { removeOldAuditEntries, removeOldUploads } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const EVERY_MS = 3_600_000;

/** Rows of one statement: a long delete would hold up others. */
const ROWS_A_STEP = 5_000;
const STEPS_A_TURN = 100;

/**
 * Removes what is older than `days` from the audit log, and from the record of who uploaded which
 * file. Every runner runs this job; of two at once, one finds nothing left.
 */
export function removeOldRecords(days: number): BackgroundJob<Pick<AttemptDeps, 'db' | 'log'>> {
  return {
    name: 'remove-old-records',
    everyMs: EVERY_MS,
    run: async ({ db, log }, signal) => {
      const entries = await inSteps(signal, (limit) => removeOldAuditEntries(db, { days, limit }));
      const uploads = await inSteps(signal, (limit) => removeOldUploads(db, { days, limit }));
      if (entries + uploads > 0) log.info({ entries, uploads }, 'old records removed');
    },
  };
}

async function inSteps(
  signal: AbortSignal,
  remove: (limit: number) => Promise<number>,
): Promise<number> {
  let count = 0;
  for (let step = 0; step < STEPS_A_TURN && !signal.aborted; step += 1) {
    const removed = await remove(ROWS_A_STEP);
    count += removed;
    if (removed < ROWS_A_STEP) break;
  }
  return count;
}
