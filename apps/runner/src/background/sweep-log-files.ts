import { listArchivedRuns } from '@rat/store';
import { repeat } from '@rat/runtime';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const SWEEP_EVERY_MS = 600_000;

/** Longer than a stream takes to be written and noted: what is younger may be about to be named. */
export const ORPHAN_AFTER_MS = 3_600_000;

const FILES_A_QUESTION = 1_000;

type SweepDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>;

/**
 * Removes, until `signal` aborts, archived logs that no run names: what a crash left between the file and the
 * transaction, or between the removal of a run and that of its file. A turn looks through one day, taken by chance, so
 * it costs the same however many there are.
 */
export async function sweepLogFiles(deps: SweepDeps, signal: AbortSignal): Promise<void> {
  await repeat(
    async () => {
      const days = await deps.warehouse.logs.listDays();
      const day = days[Math.floor(Math.random() * days.length)];
      if (day !== undefined) await sweepDay(deps, day, ORPHAN_AFTER_MS);
    },
    {
      everyMs: SWEEP_EVERY_MS,
      signal,
      onError: (err) => deps.log.warn({ err }, 'archived logs not swept'),
    },
  );
}

/** Removes the files of a day that are older than `minAgeMs` and that no run names. */
export async function sweepDay(deps: SweepDeps, day: string, minAgeMs: number): Promise<void> {
  const { logs } = deps.warehouse;
  const latest = Date.now() - minAgeMs;
  const old = (await logs.listFiles(day)).filter((file) => file.modifiedAt <= latest);
  for (let at = 0; at < old.length; at += FILES_A_QUESTION) {
    const files = old.slice(at, at + FILES_A_QUESTION);
    const runIds = files.flatMap(({ runId }) => runId ?? []);
    const named = await listArchivedRuns(deps.db, runIds);
    for (const file of files) {
      if (file.runId !== undefined && named.get(file.runId) === file.path) continue;
      await logs.removeListed(file);
      deps.log.info({ file: file.path }, 'log without a run removed');
    }
  }
}
