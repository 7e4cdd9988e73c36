import { coerceError } from '@rat/runtime';
import { findExpiredArchives, takeZonesToPurge, type ZoneToPurge } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const ZONES_A_TURN = 50;

/** Runs of one zone whose files are deleted in one turn; the next turn continues. */
const RUNS_A_TURN = 1_000;

const DAY_MS = 86_400_000;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type PurgeDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>;

/**
 * Deletes archived files of zones that keep them for a limited time. Takes some of the zones that
 * were not purged within `everyMs`; the database gives each zone to one runner. A deletion that a
 * crash interrupts is repeated, and finds what is left.
 *
 * No run needs these files: a run reads only waiting ones, and a run that has read landing files is
 * never reproduced.
 */
export async function purgeProcessedFiles(
  deps: PurgeDeps,
  everyMs: number,
  signal: AbortSignal,
): Promise<{ runs: number; isDone: boolean }> {
  let runs = 0;
  const zones = await takeZonesToPurge(deps.db, { everyMs, limit: ZONES_A_TURN });
  for (const zone of zones) {
    if (signal.aborted) break;
    try {
      runs += await purgeZone(deps, zone, Date.now());
    } catch (err) {
      const reason = coerceError(err).message;
      const { namespace, name } = zone;
      deps.log.warn({ reason, namespace, zone: name }, 'processed landing files not purged');
    }
  }
  return { runs, isDone: zones.length < ZONES_A_TURN };
}

/** Deletes the files of every run whose archive is older than the zone's retention; counts those runs. */
export async function purgeZone(
  { db, warehouse: { landing }, log }: PurgeDeps,
  { namespace, name, retentionDays }: ZoneToPurge,
  nowMs: number,
): Promise<number> {
  const stored = await landing.listProcessedRuns(namespace, name);
  // A folder with another name is none of ours, and stays.
  const runIds = stored.filter((id) => UUID.test(id)).slice(0, RUNS_A_TURN);
  if (runIds.length === 0) return 0;
  const { expired, unknown } = await findExpiredArchives(db, runIds, retentionDays);
  const old = unknown.filter((id) => isOlder(id, nowMs - retentionDays * DAY_MS));
  const purged = [...expired, ...old];
  for (const runId of purged) {
    await landing.deleteProcessedRun(namespace, name, runId);
    log.info({ namespace, zone: name, run_id: runId }, 'processed landing files purged');
  }
  return purged.length;
}

/** The id of a run, a UUID of version 7, begins with the time of its creation. */
function isOlder(runId: string, beforeMs: number): boolean {
  const createdMs = Number.parseInt(runId.replace('-', '').slice(0, 12), 16);
  return runId[14] === '7' && createdMs < beforeMs;
}
