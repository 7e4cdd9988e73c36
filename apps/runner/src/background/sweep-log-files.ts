import type { BackgroundJob } from '@rat/runtime';
import { listArchivedRuns } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

/** Longer than archiving a stream takes: the run's row may be about to name a younger file. */
export const ORPHAN_AFTER_MS = 3_600_000;

const FILES_A_QUERY = 1_000;

type SweepDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>;

/**
 * Removes archived logs that no run names. A crash leaves such a file between the write of the file
 * and its transaction, or between the removal of a run and the removal of its file. A turn sweeps one
 * random day, so its cost does not grow with the archive.
 */
export const sweepLogFiles: BackgroundJob<SweepDeps> = {
  name: 'sweep-log-files',
  everyMs: 600_000,
  run: async (deps) => {
    const days = await deps.warehouse.logs.listDays();
    const day = days[Math.floor(Math.random() * days.length)];
    if (day !== undefined) await sweepDay(deps, day, ORPHAN_AFTER_MS);
  },
};

/** Removes the files of one day that no run names and that are older than `minAgeMs`. */
export async function sweepDay(deps: SweepDeps, day: string, minAgeMs: number): Promise<void> {
  const { logs } = deps.warehouse;
  const latest = Date.now() - minAgeMs;
  const old = (await logs.listFiles(day)).filter((file) => file.modifiedAt <= latest);
  for (let at = 0; at < old.length; at += FILES_A_QUERY) {
    const files = old.slice(at, at + FILES_A_QUERY);
    const runIds = files.flatMap(({ runId }) => runId ?? []);
    const named = await listArchivedRuns(deps.db, runIds);
    for (const file of files) {
      if (file.runId !== undefined && named.get(file.runId) === file.path) continue;
      await logs.removeListed(file);
      deps.log.info({ file: file.path }, 'archived log without a run removed');
    }
  }
}
