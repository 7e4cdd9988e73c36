import type { RunnerResponse, RunnerRequest } from '@rat/contracts';
import { ConflictError, type Run } from '@rat/domain';
import { revertSnapshot } from '@rat/iceberg';
import { getRun, listRunActions } from '@rat/store';
import { actOnTable, tableOf } from './act-on-table.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { findTaintedRuns, presentTainted } from './find-tainted-runs.ts';
import { presentAction } from './present-action.ts';

/**
 * Reverts the table to the version before a run, as a new version, and lists the runs that had read
 * the reverted rows. Throws NotFoundError, and ConflictError when the run published nothing or a
 * later run published.
 */
export async function revertRun(
  deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>,
  { runId, reason }: RunnerRequest<'revert-run'>,
): Promise<RunnerResponse<'revert-run'>> {
  const run = await getRun(deps.db, runId);
  const published = await getPublished(deps, run);
  const action = await actOnTable(deps, run, { action: 'revert', reason }, (current) =>
    revertSnapshot(deps.tables, current, {
      runId,
      snapshotId: BigInt(published),
      nowMs: Date.now(),
    }),
  );
  const tainted = await findTaintedRuns(deps, {
    runId,
    table: tableOf(run),
    snapshotId: published,
  });
  return {
    ...presentAction(runId, action),
    tainted_runs: presentTainted(tainted),
  };
}

/** The snapshot that a run published, by success or by hand. Throws ConflictError. */
export async function getPublished(deps: Pick<RunnerApiDeps, 'db'>, run: Run): Promise<string> {
  if (run.outputSnapshotId !== undefined) return run.outputSnapshotId;
  const actions = await listRunActions(deps.db, run.id);
  const byHand = actions.find(({ action }) => action === 'publish')?.snapshotId;
  if (byHand !== undefined) return byHand;
  throw new ConflictError(`only a run that published can be reverted; this one is ${run.status}`);
}
