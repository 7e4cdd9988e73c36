import { applyRetention, type RetentionConfig } from '@rat/domain';
import { coerceError, type BackgroundJob } from '@rat/runtime';
import {
  getSystemRetention,
  noteRetentionRound,
  type RetentionRound,
  type RetentionStatusRow,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { cleanUpOnce, newSchedule } from './clean-up-ended-runs.ts';
import { purgeProcessedFiles } from './purge-processed-files.ts';
import { removeDroppedTables } from './remove-dropped-tables.ts';
import { removeOldRuns } from './remove-old-runs.ts';

const MINUTE_MS = 60_000;

type RoundDeps = Pick<AttemptDeps, 'db' | 'warehouse' | 'tables' | 'log'>;

/**
 * Removes old runs, archived landing files and dropped tables whose time is over. Every runner runs
 * this job. A pipeline and a zone are due once in `reaper_interval_minutes`, and the database gives
 * each to one runner. Each turn reads the settings again; `environment` holds where people chose
 * nothing.
 */
export function applyRetentionJob(environment: RetentionConfig): BackgroundJob<RoundDeps> {
  return {
    name: 'apply-retention',
    everyMs: MINUTE_MS,
    run: async (deps, signal) => {
      const system = await currentRetention(deps, environment);
      const everyMs = system.reaper_interval_minutes * MINUTE_MS;
      // Work that fails must not keep the other work from being done, and counted.
      const parts = await Promise.allSettled([
        removeOldRuns(deps, { system, everyMs }, signal),
        purgeProcessedFiles(deps, everyMs, signal),
        removeDroppedTables(deps, signal),
      ]);
      const [runs, zones, drops] = parts;
      const round = { ...NOTHING };
      if (runs.status === 'fulfilled') addRuns(round, runs.value.removed);
      if (zones.status === 'fulfilled') round.lzRunsCleaned = zones.value.runs;
      if (drops.status === 'fulfilled') round.tablesPurged = drops.value.tables;
      const hasSwept = runs.status === 'fulfilled' && runs.value.taken > 0;
      const hasRemoved = Object.values(round).some((count) => count > 0);
      if (hasSwept || hasRemoved) await noteRetentionRound(deps.db, round);
      for (const part of parts) {
        if (part.status === 'rejected') throw coerceError(part.reason);
      }
    },
  };
}

/**
 * Does one whole round now: every pipeline and every zone, due or not, and the branches of ended
 * runs. Ends early when the signal aborts. Notes what it did, and returns that.
 */
export async function applyRetentionNow(
  deps: RoundDeps,
  environment: RetentionConfig,
  signal: AbortSignal,
): Promise<RetentionStatusRow> {
  const system = await currentRetention(deps, environment);
  const startedMs = performance.now();
  // A pipeline or zone that any runner swept since this round began needs no second sweep.
  const sinceStart = (): number => performance.now() - startedMs;
  const round = { ...NOTHING };
  const repeat = async (turn: () => Promise<{ isDone: boolean }>): Promise<void> => {
    while (!signal.aborted) {
      if ((await turn()).isDone) return;
    }
  };
  await repeat(async () => {
    const some = await removeOldRuns(deps, { system, everyMs: sinceStart() }, signal);
    addRuns(round, some.removed);
    return some;
  });
  await repeat(async () => {
    const some = await purgeProcessedFiles(deps, sinceStart(), signal);
    round.lzRunsCleaned += some.runs;
    return some;
  });
  await repeat(async () => {
    const some = await removeDroppedTables(deps, signal);
    round.tablesPurged += some.tables;
    return some;
  });
  if (!signal.aborted) {
    round.branchesCleaned = await cleanUpOnce(deps, newSchedule(), performance.now());
  }
  return noteRetentionRound(deps.db, round);
}

const NOTHING: RetentionRound = {
  runsPruned: 0,
  logsPruned: 0,
  qualityPruned: 0,
  tablesPurged: 0,
  branchesCleaned: 0,
  lzRunsCleaned: 0,
};

async function currentRetention(
  { db }: Pick<RoundDeps, 'db'>,
  environment: RetentionConfig,
): Promise<RetentionConfig> {
  const { choice } = await getSystemRetention(db);
  return applyRetention(environment, choice);
}

function addRuns(
  round: RetentionRound,
  { runs, logs, qualityResults }: { runs: number; logs: number; qualityResults: number },
): void {
  round.runsPruned += runs;
  round.logsPruned += logs;
  round.qualityPruned += qualityResults;
}
