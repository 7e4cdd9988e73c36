import { UnprocessableError, type PipelineRef } from '@rat/domain';
import { dropRunBranch, type TableState } from '@rat/iceberg';
import {
  commitBranch,
  markCleanedUp,
  moveTable,
  type ClaimedRun,
  type PointerMove,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runTable } from '../attempt-contract/claimed-run.ts';
import { commitTable, fencedAnswer, type CommitAnswer } from './commit-table.ts';
import { findCurrentTable } from './current-table.ts';

type DiscardDeps = Pick<AttemptDeps, 'db' | 'tables' | 'warehouse' | 'log'>;

/**
 * Removes what this attempt and earlier attempts of its run left: the run's branch under the fence,
 * then their files. A runner that slept through its lease is fenced, so it touches neither the branch
 * nor the files of a later attempt.
 */
export async function discardAttempt(deps: DiscardDeps, run: ClaimedRun): Promise<void> {
  const table = runTable(run);
  const held = { runId: run.id, attempt: run.attempt };
  await dropBranch(deps, table, run.id, async (move) =>
    fencedAnswer(await commitBranch(deps.db, held, move)),
  );
  await deps.warehouse.discardAttempts(table, run.id, run.attempt);
}

/**
 * Removes everything that a run left, then its cleanup mark. Call it only for a run that ended
 * unpublished: no further attempt of it can start, so the removal needs no fence.
 */
export async function discardRun(
  deps: DiscardDeps,
  table: PipelineRef,
  runId: string,
): Promise<void> {
  await dropBranch(deps, table, runId, async (move) =>
    fencedAnswer((await moveTable(deps.db, move)) ? 'committed' : 'conflict'),
  );
  await deps.warehouse.discardRun(table, runId);
  await markCleanedUp(deps.db, runId);
}

/** A fenced commit is no error: the branch belongs to a newer attempt. */
async function dropBranch(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'log'>,
  table: PipelineRef,
  runId: string,
  commit: (move: PointerMove) => Promise<CommitAnswer<undefined, 'fenced'>>,
): Promise<void> {
  const result = await commitTable(deps, {
    table,
    load: () => findReadable(deps, table),
    build: async (current) => {
      const options = { runId, nowMs: Date.now() };
      const next = current && (await dropRunBranch(deps.tables, current, options));
      return next === undefined
        ? { kind: 'refused', refusal: 'no branch' }
        : { kind: 'next', next };
    },
    commit,
  });
  if (result.kind === 'conflict') {
    throw new Error('the branch could not be dropped: other writers kept moving the table');
  }
}

/**
 * Finds the table, also `undefined` for one that cannot be read: nothing in it can be changed then.
 */
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
