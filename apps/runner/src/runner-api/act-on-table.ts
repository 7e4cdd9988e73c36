import { ConflictError, type PipelineRef, type Run, type RunAction } from '@rat/domain';
import { discardState, type NextState, type TableState } from '@rat/lakehouse';
import { takeRunAction } from '@rat/store';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { pauseBeforeRetry } from '../table-commit/pause-before-retry.ts';
import { deleteExpiredMetadata } from '../table-commit/delete-expired-metadata.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

type ActDeps = Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>;

const TRIES = 10;

/** The table that a run writes. */
export function tableOf({ namespace, layer, pipeline }: Run): PipelineRef {
  return { namespace, layer, name: pipeline };
}

/**
 * Carries out a decision about a run: `change` makes the table's next version from the current one, again when another
 * writer was faster, and the catalog takes it together with the note of who decided what. Throws ConflictError when it
 * was decided before, or what `change` throws.
 */
export async function actOnTable(
  deps: ActDeps,
  run: Run,
  decision: Pick<RunAction, 'action' | 'reason'>,
  change: (current: TableState) => Promise<NextState & { snapshotId?: bigint }>,
): Promise<RunAction> {
  const table = tableOf(run);
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const current = await findCurrentTable(deps, table);
    if (current === undefined) throw new ConflictError('the table is gone');
    const next = await withTableName(table, () => change(current));
    const { snapshotId } = next;
    const answer = await takeRunAction(
      deps.db,
      {
        runId: run.id,
        ...decision,
        ...(snapshotId === undefined ? {} : { snapshotId: String(snapshotId) }),
      },
      { table, expected: current.location, next: next.location },
    );
    if (typeof answer === 'object') {
      await deleteExpiredMetadata(deps, next);
      return answer;
    }
    await discardState(deps.tables, next);
    if (answer === 'taken') throw new ConflictError('this was decided already');
    await pauseBeforeRetry(tries);
  }
  throw new ConflictError('other writers kept moving the table; try again');
}
