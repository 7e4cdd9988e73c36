import type { Failure } from '@rat/domain';
import type { MergeStrategy } from '@rat/domain';
import { stageChange, type DataFile, type PartitionSpec, type Schema } from '@rat/iceberg';
import { commitBranch, type ClaimedRun } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';
import { canCommitOnto, type PinnedMain } from '../table-commit/can-commit-onto.ts';
import { commitTable, fencedAnswer } from '../table-commit/commit-table.ts';
import { findTargetTable } from '../table-commit/current-table.ts';

/** What an attempt wrote, ready for the run's branch. */
export interface TableChange {
  files: DataFile[];
  schema: Schema;
  /** The partition spec of the files. */
  spec: PartitionSpec;
  /** URIs of the files of main that the new files replace; `all` replaces every file. */
  removed: 'all' | string[];
  /** Rows of the result that were inserted or changed. */
  rows: number;
  /** Rows of main that were deleted, overwritten or closed. */
  rowsDeleted: number;
  strategy: MergeStrategy;
  pinned: PinnedMain;
}

/** A run's branch, visible to readers. Main does not contain it yet. */
export interface StagedChange extends TableChange {
  /** In decimal. */
  snapshotId: string;
  /** Rows of the branch. */
  rowsTotal: number;
}

/**
 * Commits the written files as a snapshot on the run's branch. Returns `fenced`, with nothing
 * visible, when the attempt was lost or a cancel was requested. Returns a failure when main changed
 * so that the files are no longer right on it.
 */
export async function stageBranch(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'limits' | 'log'>,
  run: ClaimedRun,
  written: TableChange,
): Promise<StagedChange | 'fenced' | Failure> {
  const table = runTable(run);
  const held = { runId: run.id, attempt: run.attempt };
  const result = await commitTable(deps, {
    table,
    load: () => findTargetTable(deps, table, run),
    build: async ({ current }) => {
      if (!canCommitOnto(current, written.pinned, written.strategy)) {
        return { kind: 'refused', refusal: 'conflict' };
      }
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
      return { kind: 'next', next };
    },
    commit: async (move) => fencedAnswer(await commitBranch(deps.db, held, move)),
  });
  switch (result.kind) {
    case 'committed': {
      const { snapshotId, rowsTotal, rowsRemoved } = result.next;
      const rowsDeleted = written.removed === 'all' ? rowsRemoved : written.rowsDeleted;
      return { ...written, snapshotId: String(snapshotId), rowsDeleted, rowsTotal };
    }
    case 'refused':
      return result.refusal === 'fenced' ? 'fenced' : conflict('write');
    case 'conflict':
      return conflict('write');
  }
}

/** The failure of a run whose table other writers kept changing. */
export function conflict(phase: 'write' | 'publish'): Failure {
  const message = 'another writer changed the table while the run was under way';
  return { code: 'commit_conflict', message, phase };
}
