import type { RunnerResponse, RunnerRequest } from '@rat/contracts';
import { ConflictError, runBranch } from '@rat/domain';
import {
  findRefSnapshot,
  publishRebasedOverCompaction,
  publishRunBranch,
  StaleBranchError,
} from '@rat/iceberg';
import { actOnTable } from './act-on-table.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { getQuarantined } from './get-quarantined.ts';
import { presentAction } from './present-action.ts';

/**
 * Publishes the rows of a run in quarantine, by a user's decision. The run stays `failed`. Throws
 * NotFoundError, and ConflictError when the run is not in quarantine or main has moved since.
 */
export async function publishQuarantined(
  deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>,
  { runId, reason }: RunnerRequest<'publish-run'>,
): Promise<RunnerResponse<'publish-run'>> {
  const run = await getQuarantined(deps, runId);
  const action = await actOnTable(deps, run, { action: 'publish', reason }, async (current) => {
    const head = findRefSnapshot(current.metadata, runBranch(runId));
    if (head === undefined) throw rowsGone();
    const options = { runId, nowMs: Date.now() };
    try {
      const next = await publishRunBranch(deps.tables, current, options);
      return { ...next, snapshotId: head['snapshot-id'] };
    } catch (error) {
      if (!(error instanceof StaleBranchError)) throw error;
    }
    try {
      return await publishRebasedOverCompaction(deps.tables, current, options);
    } catch (error) {
      if (!(error instanceof StaleBranchError)) throw error;
      throw overtaken(error);
    }
  });
  return presentAction(runId, action);
}

/** The refusal of a publish whose table has other rows by now. */
export function overtaken(cause: StaleBranchError): ConflictError {
  const message = 'the table was published again after this run: run the pipeline once more';
  return new ConflictError(message, { cause });
}

/** The refusal of a publish whose branch is gone. */
export function rowsGone(): ConflictError {
  return new ConflictError("the run's rows are no longer kept");
}
