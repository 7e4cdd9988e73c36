import type { RetentionConfig } from '@rat/domain';
import type { BackgroundJob } from '@rat/runtime';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { archiveLandingZones } from '../table-commit/archive-landing-zones.ts';
import { sendLineage, type LineageSettings } from '../openlineage/send-lineage.ts';
import { applyRetentionJob } from './apply-retention.ts';
import { archiveLogs } from './archive-logs.ts';
import { cleanUpEndedRuns } from './clean-up-ended-runs.ts';
import { readTableMoves, sweepTableMoves } from './read-table-moves.ts';
import { removeOldRecords } from './remove-old-records.ts';
import { scheduleMaintenance } from './schedule-maintenance.ts';
import { sweepLogFiles } from './sweep-log-files.ts';
import { watchLandingZones } from './watch-landing-zones.ts';

/** The installation's settings for background work. */
export interface BackgroundSettings {
  /** The interval of scheduled maintenance per table; 0: tables are maintained on request only. */
  maintenanceEveryMs: number;
  /** How long after a run's end its log moves to a file; 0: never. */
  archiveLogsAfterMs: number;
  /** What is kept for how long, where people chose nothing. */
  retention: RetentionConfig;
  /** How long entries of the audit log are kept, at least 30. */
  keepAuditDays: number;
  /** Where OpenLineage events are sent; absent: nowhere. */
  lineage?: LineageSettings | undefined;
}

/** Finishes the archives of landing files that a published run has read and whose runner died. */
const finishArchives: BackgroundJob<Pick<AttemptDeps, 'db' | 'warehouse' | 'log'>> = {
  name: 'finish-archives',
  everyMs: 2_000,
  run: (deps) => archiveLandingZones(deps),
};

/** Lists the background jobs of a runner, without those that a setting turns off. */
export function backgroundJobs(settings: BackgroundSettings): BackgroundJob<AttemptDeps>[] {
  const { maintenanceEveryMs, archiveLogsAfterMs, retention, keepAuditDays, lineage } = settings;
  const jobs: BackgroundJob<AttemptDeps>[] = [
    cleanUpEndedRuns(),
    finishArchives,
    applyRetentionJob(retention),
    removeOldRecords(keepAuditDays),
    sweepLogFiles,
    watchLandingZones,
    readTableMoves,
    sweepTableMoves,
  ];
  if (maintenanceEveryMs > 0) jobs.push(scheduleMaintenance(maintenanceEveryMs));
  if (archiveLogsAfterMs > 0) jobs.push(archiveLogs(archiveLogsAfterMs));
  if (lineage !== undefined) jobs.push(sendLineage(lineage));
  return jobs;
}
