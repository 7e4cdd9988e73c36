import { coerceError, type BackgroundJob } from '@rat/runtime';
import { findExpiredArchives, takeZonesToPurge, type ZoneToPurge } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

/** How often one zone is purged. */
const PURGE_EVERY_MS = 3_600_000;

const ZONES_A_TURN = 50;

/** Runs of one zone whose files are deleted in one turn; the next turn continues. */
const RUNS_A_TURN = 1_000;

const DAY_MS = 86_400_000;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type PurgeDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>;

/**
 * Deletes archived files of zones that keep them for a limited time. Every runner runs this job, and
 * the database gives each zone to one of them. A deletion that a crash interrupts is repeated, and
 * finds what is left.
 *
 * No run needs these files: a run reads only waiting ones, and a run that has read landing files is
 * never reproduced.
 */
export function purgeProcessedFiles(): BackgroundJob<PurgeDeps> {
  return {
    name: 'purge-processed-files',
    everyMs: 60_000,
    run: async (deps, signal) => {
      const due = { everyMs: PURGE_EVERY_MS, limit: ZONES_A_TURN };
      for (const zone of await takeZonesToPurge(deps.db, due)) {
        if (signal.aborted) return;
        try {
          await purgeZone(deps, zone, Date.now());
        } catch (err) {
          const reason = coerceError(err).message;
          const { namespace, name } = zone;
          deps.log.warn({ reason, namespace, zone: name }, 'processed landing files not purged');
        }
      }
    },
  };
}

/** Deletes the files of every run whose archive is older than the zone's retention. */
export async function purgeZone(
  { db, warehouse: { landing }, log }: PurgeDeps,
  { namespace, name, retentionDays }: ZoneToPurge,
  nowMs: number,
): Promise<void> {
  const stored = await landing.listProcessedRuns(namespace, name);
  // A folder with another name is none of ours, and stays.
  const runIds = stored.filter((id) => UUID.test(id)).slice(0, RUNS_A_TURN);
  if (runIds.length === 0) return;
  const { expired, unknown } = await findExpiredArchives(db, runIds, retentionDays);
  const old = unknown.filter((id) => isOlder(id, nowMs - retentionDays * DAY_MS));
  for (const runId of [...expired, ...old]) {
    await landing.deleteProcessedRun(namespace, name, runId);
    log.info({ namespace, zone: name, run_id: runId }, 'processed landing files purged');
  }
}

/** The id of a run, a UUID of version 7, begins with the time of its creation. */
function isOlder(runId: string, beforeMs: number): boolean {
  const createdMs = Number.parseInt(runId.replace('-', '').slice(0, 12), 16);
  return runId[14] === '7' && createdMs < beforeMs;
}
