import { ConflictError, type PipelineRef, type Run, type RunAction } from '@rat/domain';
import type { NextState, TableState } from '@rat/iceberg';
import { takeRunAction } from '@rat/store';
import { commitTable } from '../table-commit/commit-table.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

type ActDeps = Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>;

/** The table that a run writes. */
export function tableOf({ namespace, layer, pipeline }: Run): PipelineRef {
  return { namespace, layer, name: pipeline };
}

/** The refusal of a second decision. */
export function alreadyDecided(): ConflictError {
  return new ConflictError('this run was already published, discarded or reverted');
}

/** Throws ConflictError when the table does not exist. */
export function assertTable(current: TableState | undefined): TableState {
  if (current === undefined) throw new ConflictError('the table is gone');
  return current;
}

/**
 * Carries out a decision about a run: publish, discard or revert. `change` builds the table's next
 * version from the current one; the catalog takes that version together with the record of the
 * decision, in one transaction. Throws ConflictError when the same was decided before, and what
 * `change` throws.
 */
export async function actOnTable(
  deps: ActDeps,
  run: Run,
  decision: Pick<RunAction, 'action' | 'reason'>,
  change: (current: TableState) => Promise<NextState & { snapshotId?: bigint }>,
): Promise<RunAction> {
  const table = tableOf(run);
  const result = await commitTable<
    TableState,
    NextState & { snapshotId?: bigint },
    RunAction,
    'taken'
  >(deps, {
    table,
    load: async () => {
      const current = await findCurrentTable(deps, table);
      return assertTable(current);
    },
    build: async (current) => {
      return { kind: 'next', next: await withTableName(table, () => change(current)) };
    },
    commit: async (move, { snapshotId }) => {
      const answer = await takeRunAction(
        deps.db,
        {
          runId: run.id,
          ...decision,
          ...(snapshotId === undefined ? {} : { snapshotId: String(snapshotId) }),
        },
        move,
      );
      if (answer === 'conflict') return { kind: 'conflict' };
      if (answer === 'taken') return { kind: 'refused', refusal: answer };
      return { kind: 'committed', receipt: answer };
    },
  });
  switch (result.kind) {
    case 'committed':
      return result.receipt;
    case 'refused':
      throw alreadyDecided();
    case 'conflict':
      throw new ConflictError('other writers keep changing the table; try again');
  }
}
