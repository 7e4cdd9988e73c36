import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import type { MaintenanceReport } from '@rat/contracts';
import type { AttemptOutcome } from '@rat/domain';
import { commitBranch, type ClaimedRun } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';
import type { AttemptReporter } from '../attempt-contract/attempt-reporter.ts';
import { MaintenanceFencedError, maintainTable } from './maintain-table.ts';

/** A maintenance run that did its work; nothing waits to be published. */
export interface Maintained {
  maintained: MaintenanceReport;
}

/** Does the work of a maintenance run. Every commit is fenced by the attempt, like a branch's. */
export async function maintainInRun(
  deps: AttemptDeps,
  run: ClaimedRun,
  signal: AbortSignal,
  reporter: AttemptReporter,
): Promise<AttemptOutcome<Maintained>> {
  const table = runTable(run);
  const held = { runId: run.id, attempt: run.attempt };
  const tempDir = join(deps.limits.tempDir, `${run.id}_${run.attempt}`);
  try {
    const report = await maintainTable(deps, {
      table,
      keepMs: deps.limits.keepMs,
      tempDir,
      commit: (move) => commitBranch(deps.db, held, move),
      signal,
    });
    if ('code' in report) return { kind: 'failure', failure: report };
    reporter.log({ level: 'info', message: describe(report) });
    return { kind: 'success', publication: { maintained: report } };
  } catch (error) {
    // To be cancelled, or overtaken: what was settled meanwhile tells which.
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
