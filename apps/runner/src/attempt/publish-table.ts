import {
  publishRunBranch,
  stageChange,
  StaleBranchError,
  type NextState,
  type TableState,
} from '@rat/iceberg';
import {
  ConflictError,
  runBranch,
  type ExecutedSql,
  type PhaseRecord,
  type QualityResult,
} from '@rat/domain';
import {
  publishRun,
  type ClaimedRun,
  type ExecutionEnd,
  type PublishAnswer,
  type SettleAnswer,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { canCommitOnto } from '../table-commit/can-commit-onto.ts';
import { commitTable, type Refused } from '../table-commit/commit-table.ts';
import type { StagedChange } from './stage-branch.ts';

/** A run's result whose tests have passed: the publish is the only step left. */
export interface PublishRequest extends StagedChange {
  inputSnapshots: Record<string, string>;
  /** Results of the quality tests. */
  quality?: readonly QualityResult[];
  end?: ExecutionEnd;
  executedSql?: ExecutedSql | undefined;
}

type PublishDeps = Pick<AttemptDeps, 'db' | 'tables' | 'limits' | 'log'>;

/**
 * Publishes the run's branch and settles the run, in one transaction. Returns `conflict` when other
 * writers moved the table in every try, or moved it so that the result is no longer right on it. An
 * error leaves open whether the publish happened; only the run's row knows.
 */
export async function publishTable(
  deps: PublishDeps,
  run: ClaimedRun,
  result: PublishRequest,
  phases: readonly PhaseRecord[],
): Promise<PublishAnswer> {
  const table = runTable(run);
  const began = performance.now();
  const startedAt = new Date().toISOString();
  const published = await commitTable<
    TableState | undefined,
    Published,
    SettleAnswer,
    PublishAnswer
  >(deps, {
    table,
    load: () => findCurrentTable(deps, table),
    build: async (current) => {
      // The table was dropped while the run was under way. Nothing of it is left to publish; a retry
      // starts from no table.
      if (current === undefined) return refused('conflict');
      // A missing branch was published already, or another process dropped it: not ours to publish.
      if (current.metadata.refs[runBranch(run.id)] === undefined) return refused('fenced');
      if (!canCommitOnto(current, result.pinned, result.strategy)) return refused('conflict');
      const next = await fastForward(deps, run, current, result);
      return next === 'conflict' ? refused('conflict') : { kind: 'next', next };
    },
    commit: async (move, next) => {
      const record: PhaseRecord = {
        name: 'publish',
        status: 'success',
        started_at: startedAt,
        duration_ms: Math.round(performance.now() - began),
      };
      const answer = await publishRun(
        deps.db,
        { runId: run.id, attempt: run.attempt },
        {
          move,
          snapshotId: next.snapshotId,
          inputSnapshots: result.inputSnapshots,
          rowsWritten: result.rows,
          rowsDeleted: next.rowsDeleted,
          rowsTotal: next.rowsTotal,
          quality: result.quality ?? [],
          end: result.end,
          executedSql: result.executedSql,
        },
        [...phases, record],
      );
      if (answer.kind === 'conflict') return answer;
      const isPublished = answer.kind === 'settled' && answer.status === 'success';
      return isPublished
        ? { kind: 'committed', receipt: answer }
        : { kind: 'refused', refusal: answer };
    },
  });
  switch (published.kind) {
    case 'committed':
      return published.receipt;
    case 'refused':
      return published.refusal;
    case 'conflict':
      return { kind: 'conflict' };
  }
}

function refused(kind: 'fenced' | 'conflict'): Refused<PublishAnswer> {
  return { kind: 'refused', refusal: { kind } };
}

interface Published extends NextState {
  snapshotId: string;
  rowsDeleted: number;
  rowsTotal: number;
}

/**
 * Makes main the run's branch. When main moved after the branch began, the same files are staged
 * once more on the new main, so the rows and the test results stay valid. Returns `conflict` when the
 * other writer took a schema id that the result needs.
 */
async function fastForward(
  deps: PublishDeps,
  run: ClaimedRun,
  current: TableState,
  result: PublishRequest,
): Promise<Published | 'conflict'> {
  const options = { runId: run.id, nowMs: Date.now() };
  try {
    const next = await publishRunBranch(deps.tables, current, options);
    const { snapshotId, rowsDeleted, rowsTotal } = result;
    return { ...next, snapshotId, rowsDeleted, rowsTotal };
  } catch (error) {
    if (!(error instanceof StaleBranchError)) throw error;
  }
  try {
    const restaged = await stageChange(deps.tables, {
      ...options,
      tableUri: current.metadata.location,
      current,
      added: result.files,
      removed: result.removed === 'all' ? 'all' : new Set(result.removed),
      schema: result.schema,
      spec: result.spec,
      maxBranchAgeMs: deps.limits.quarantineMs,
    });
    const next = await publishRunBranch(
      deps.tables,
      { location: current.location, metadata: restaged.metadata },
      options,
    );
    // No catalog entry names this intermediate version; its data files belong to the published one.
    await deps.tables.remove(restaged.location);
    const writtenUris = [...next.writtenUris, ...restaged.writtenUris];
    const { snapshotId, rowsTotal } = restaged;
    const rowsDeleted = result.removed === 'all' ? restaged.rowsRemoved : result.rowsDeleted;
    return { ...next, writtenUris, snapshotId: String(snapshotId), rowsDeleted, rowsTotal };
  } catch (error) {
    if (error instanceof ConflictError || error instanceof StaleBranchError) return 'conflict';
    throw error;
  }
}
