import {
  discardState,
  publishRunBranch,
  stageChange,
  StaleBranchError,
  type NextState,
  type TableState,
} from '@rat/lakehouse';
import { ConflictError, runBranch, type PhaseRecord, type QualityResult } from '@rat/domain';
import { publishRun, type ClaimedRun, type ExecutionEnd, type PublishAnswer } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { canCommitOnto } from '../table-commit/can-commit-onto.ts';
import { pauseBeforeRetry } from '../table-commit/pause-before-retry.ts';
import { deleteExpiredMetadata } from '../table-commit/delete-expired-metadata.ts';
import type { StagedChange } from './stage-branch.ts';

/** A run's result that waits for nothing but to be published. */
export interface PublishRequest extends StagedChange {
  inputSnapshots: Record<string, string>;
  /** What its tests found. */
  quality?: readonly QualityResult[];
  end?: ExecutionEnd;
}

type PublishDeps = Pick<AttemptDeps, 'db' | 'tables' | 'limits' | 'log'>;

const TRIES = 10;

/**
 * Publishes the run's branch and settles the run, in one transaction. `conflict`: other writers moved the table too
 * often, or once in a way that the result is no longer right for. An error leaves open whether it happened; only the
 * run's row knows.
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
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const current = await findCurrentTable(deps, table);
    // Without its branch, the run was published already, or somebody took its branch away: either way not ours to do.
    if (current?.metadata.refs[runBranch(run.id)] === undefined) return { kind: 'fenced' };
    if (!canCommitOnto(current, result.pinned, result.strategy)) return { kind: 'conflict' };
    const next = await fastForward(deps, run, current, result);
    if (next === 'conflict') return { kind: 'conflict' };
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
        move: { table, expected: current.location, next: next.location },
        snapshotId: next.snapshotId,
        inputSnapshots: result.inputSnapshots,
        rowsWritten: result.rows,
        rowsDeleted: next.rowsDeleted,
        rowsTotal: next.rowsTotal,
        quality: result.quality ?? [],
        end: result.end,
      },
      [...phases, record],
    );
    if (answer.kind === 'settled' && answer.status === 'success') {
      await deleteExpiredMetadata(deps, next);
      return answer;
    }
    await discardState(deps.tables, next);
    if (answer.kind !== 'conflict') return answer;
    await pauseBeforeRetry(tries);
  }
  return { kind: 'conflict' };
}

interface Published extends NextState {
  snapshotId: string;
  rowsDeleted: number;
  rowsTotal: number;
}

/**
 * Main becomes the branch. When main has moved since the branch began, and the result may build on the new one, it is
 * staged anew there with the same files, so its rows and its tests stand. `conflict`: the other writer took a schema id
 * that the result needs.
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
    // The version in between is nobody's; its snapshot's files are the published one's.
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
