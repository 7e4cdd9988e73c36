import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import type { MaintenanceReport } from '@rat/contracts';
import type { AttemptOutcome } from '@rat/domain';
import { commitBranch, type ClaimedRun } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';
import type { AttemptReporter } from '../attempt-contract/attempt-reporter.ts';
import { keepTimeOf } from './keep-time-of.ts';
import { MaintenanceFencedError, maintainTable } from './maintain-table.ts';

/** Executes a maintenance run. The attempt fences every commit, as it fences a run's branch. */
export async function maintainInRun(
  deps: AttemptDeps,
  run: ClaimedRun,
  signal: AbortSignal,
  reporter: AttemptReporter,
): Promise<AttemptOutcome<{ kind: 'maintained'; report: MaintenanceReport }>> {
  const table = runTable(run);
  const held = { runId: run.id, attempt: run.attempt };
  const tempDir = join(deps.limits.tempDir, `${run.id}_${run.attempt}`);
  try {
    const report = await maintainTable(deps, {
      table,
      keepMs: await keepTimeOf(deps, table),
      tempDir,
      commit: (move) => commitBranch(deps.db, held, move),
      signal,
    });
    if ('code' in report) return { kind: 'failure', failure: report };
    reporter.log({ level: 'info', message: describe(report) });
    return { kind: 'success', publication: { kind: 'maintained', report } };
  } catch (error) {
    // The attempt was overtaken, or a cancel was requested. The settlement finds out which.
    if (error instanceof MaintenanceFencedError) return { kind: 'cancelled' };
    throw error;
  } finally {
    await rm(tempDir, { recursive: true, force: true });
  }
}

function describe(report: MaintenanceReport): string {
  const { branches_dropped: branches } = report;
  return [
    `Expired ${report.snapshots_expired} snapshots`,
    `dropped ${branches.length} branches`,
    `compacted ${report.files_compacted} files into ${report.compaction_groups} groups`,
    `joined ${report.manifests_joined} manifests`,
    `removed ${report.orphans_removed} orphans (${report.orphan_bytes} bytes)`,
  ].join(', ');
}
