import type { Failure } from '@rat/domain';
import type { MergeStrategy } from '@rat/contracts';
import {
  discardState,
  stageChange,
  type DataFile,
  type PartitionSpec,
  type Schema,
} from '@rat/lakehouse';
import { commitBranch, type ClaimedRun } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';
import { findTargetTable } from '../table-commit/current-table.ts';
import { canCommitOnto, type PinnedMain } from '../table-commit/can-commit-onto.ts';
import { pauseBeforeRetry } from '../table-commit/pause-before-retry.ts';
import { deleteExpiredMetadata } from '../table-commit/delete-expired-metadata.ts';

/** What an attempt wrote, ready for the run's branch. */
export interface TableChange {
  files: DataFile[];
  schema: Schema;
  /** What the files are divided by. */
  spec: PartitionSpec;
  /** URIs of the files of main that these take the place of; `all`, whichever those are. */
  removed: 'all' | string[];
  /** Rows of the result that were inserted or changed. */
  rows: number;
  /** Rows of main that went, were overwritten or were closed. */
  rowsDeleted: number;
  strategy: MergeStrategy;
  pinned: PinnedMain;
}

/** A run's branch that readers can see; nothing of it is on main. */
export interface StagedChange extends TableChange {
  /** In decimal. */
  snapshotId: string;
  /** Rows of the branch. */
  rowsTotal: number;
}

/** Other writers of one table take milliseconds each. */
const TRIES = 10;

/**
 * Makes the written files a snapshot on the run's branch. `fenced`: the attempt was lost or is to be cancelled, and
 * nothing became visible. A failure when main is no longer what the files were written for.
 */
export async function stageBranch(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'limits' | 'log'>,
  run: ClaimedRun,
  written: TableChange,
): Promise<StagedChange | 'fenced' | Failure> {
  const table = runTable(run);
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const { current, location } = await findTargetTable(deps, table, run);
    if (!canCommitOnto(current, written.pinned, written.strategy)) return conflict('write');
    const next = await stageChange(deps.tables, {
      tableUri: deps.tables.uri(table.namespace, table.layer, table.name),
      current,
      runId: run.id,
      added: written.files,
      removed: written.removed === 'all' ? 'all' : new Set(written.removed),
      schema: written.schema,
      spec: written.spec,
      maxBranchAgeMs: deps.limits.quarantineMs,
      nowMs: Date.now(),
    });
    const move = { table, expected: location, next: next.location };
    const answer = await commitBranch(deps.db, { runId: run.id, attempt: run.attempt }, move);
    if (answer === 'committed') {
      await deleteExpiredMetadata(deps, next);
      const { snapshotId, rowsTotal } = next;
      const rowsDeleted = written.removed === 'all' ? next.rowsRemoved : written.rowsDeleted;
      return { ...written, snapshotId: String(snapshotId), rowsDeleted, rowsTotal };
    }
    await discardState(deps.tables, next);
    if (answer === 'fenced') return 'fenced';
    await pauseBeforeRetry(tries);
  }
  return conflict('write');
}

/** The failure of a run whose table would not stand still. */
export function conflict(phase: 'write' | 'publish'): Failure {
  const message = 'another writer changed the table while the run was under way';
  return { code: 'commit_conflict', message, phase };
}
