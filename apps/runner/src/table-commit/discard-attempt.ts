import { UnprocessableError, type PipelineRef } from '@rat/domain';
import { discardState, dropRunBranch, type TableState } from '@rat/lakehouse';
import {
  commitBranch,
  markCleanedUp,
  moveTable,
  type ClaimedRun,
  type PointerMove,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';
import { findCurrentTable } from './current-table.ts';
import { pauseBeforeRetry } from './pause-before-retry.ts';
import { deleteExpiredMetadata } from './delete-expired-metadata.ts';

const TRIES = 10;

type DiscardDeps = Pick<AttemptDeps, 'db' | 'tables' | 'warehouse' | 'log'>;

/**
 * Takes away what this attempt and those before it left: the run's branch, under the fence, then their files. A runner
 * that slept through its lease finds the fence shut, and a later attempt's branch and files are not touched.
 */
export async function discardAttempt(deps: DiscardDeps, run: ClaimedRun): Promise<void> {
  const table = runTable(run);
  const held = { runId: run.id, attempt: run.attempt };
  await dropBranch(deps, table, run.id, (move) => commitBranch(deps.db, held, move));
  await deps.warehouse.discardAttempts(table, run.id, run.attempt);
}

/**
 * Takes away all that a run left, and its mark. Only for a run that has ended unpublished: it has no attempt that could
 * still come, and no fence either.
 */
export async function discardRun(
  deps: DiscardDeps,
  table: PipelineRef,
  runId: string,
): Promise<void> {
  await dropBranch(deps, table, runId, async (move) =>
    (await moveTable(deps.db, move)) ? 'committed' : 'conflict',
  );
  await deps.warehouse.discardRun(table, runId);
  await markCleanedUp(deps.db, runId);
}

/** On a `conflict` the branch is dropped from the newer state; `fenced`, it is somebody else's. */
async function dropBranch(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'log'>,
  table: PipelineRef,
  runId: string,
  commit: (move: PointerMove) => Promise<'committed' | 'conflict' | 'fenced'>,
): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const current = await findReadable(deps, table);
    if (current === undefined) return;
    const next = await dropRunBranch(deps.tables, current, { runId, nowMs: Date.now() });
    if (next === undefined) return;
    const answer = await commit({ table, expected: current.location, next: next.location });
    if (answer === 'committed') {
      await deleteExpiredMetadata(deps, next);
      return;
    }
    await discardState(deps.tables, next);
    if (answer === 'fenced') return;
    await pauseBeforeRetry(tries);
  }
  throw new Error('the branch could not be dropped: other writers kept moving the table');
}

/** undefined, too, for a table that another engine made what we cannot read: nothing of ours in it can be changed any more. */
async function findReadable(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'log'>,
  table: PipelineRef,
): Promise<TableState | undefined> {
  try {
    return await findCurrentTable(deps, table);
  } catch (err) {
    if (!(err instanceof UnprocessableError)) throw err;
    deps.log.warn({ reason: err.message }, 'branch not dropped, the table cannot be read');
    return undefined;
  }
}
