import type { Failure } from '@rat/domain';
import { discardState, stageFullRefresh, type DataFile, type Schema } from '@rat/lakehouse';
import { commitBranch, type ClaimedRun } from '@rat/store';
import type { AttemptDeps } from './attempt-deps.ts';
import { runTable } from './claimed-run.ts';
import { findCurrentTable } from './current-table.ts';
import { pauseBeforeRetry } from './pause-before-retry.ts';

/** What an attempt wrote, ready for the run's branch. */
export interface WrittenTable {
  files: DataFile[];
  schema: Schema;
  rows: number;
}

/** A run's branch that readers can see; nothing of it is on main. */
export interface StagedTable extends WrittenTable {
  /** In decimal. */
  snapshotId: string;
  /** Rows of main that the branch no longer has. */
  rowsDeleted: number;
}

/** Other writers of one table take milliseconds each. */
const TRIES = 10;

/**
 * Makes the written files a snapshot on the run's branch. `fenced`: the attempt was lost or is to be cancelled, and
 * nothing became visible.
 */
export async function stageBranch(
  deps: AttemptDeps,
  run: ClaimedRun,
  written: WrittenTable,
): Promise<StagedTable | 'fenced' | Failure> {
  const table = runTable(run);
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const current = await findCurrentTable(deps, table);
    const next = await stageFullRefresh(deps.tables, {
      tableUri: deps.tables.uri(table.namespace, table.layer, table.name),
      current,
      runId: run.id,
      added: written.files,
      schema: written.schema,
      maxBranchAgeMs: deps.limits.quarantineMs,
      nowMs: Date.now(),
    });
    const move = { table, expected: current?.location, next: next.location };
    const answer = await commitBranch(deps.db, { runId: run.id, attempt: run.attempt }, move);
    if (answer === 'committed') {
      const { snapshotId, rowsDeleted } = next;
      return { ...written, snapshotId: String(snapshotId), rowsDeleted };
    }
    await discardState(deps.tables, next);
    if (answer === 'fenced') return 'fenced';
    await pauseBeforeRetry(tries);
  }
  return conflict('write');
}

/** The failure of a run whose table would not stand still. */
export function conflict(phase: 'write' | 'publish'): Failure {
  const message = `other writers moved the table ${TRIES} times in a row`;
  return { code: 'commit_conflict', message, phase };
}
