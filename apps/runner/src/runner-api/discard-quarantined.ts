import type { RunnerResponse, RunnerRequest } from '@rat/contracts';
import { ConflictError } from '@rat/domain';
import { dropRunBranch } from '@rat/iceberg';
import { actOnTable, tableOf } from './act-on-table.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { getQuarantined } from './get-quarantined.ts';
import { presentAction } from './present-action.ts';

/**
 * Discards the rows of a run in quarantine: its branch, then its files. Throws as
 * `publishQuarantined` does.
 */
export async function discardQuarantined(
  deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'warehouse' | 'log'>,
  { runId, reason }: RunnerRequest<'discard-run'>,
): Promise<RunnerResponse<'discard-run'>> {
  const run = await getQuarantined(deps, runId);
  const action = await actOnTable(deps, run, { action: 'discard', reason }, async (current) => {
    const next = await dropRunBranch(deps.tables, current, { runId, nowMs: Date.now() });
    if (next === undefined) throw new ConflictError("the run's rows are no longer kept");
    return next;
  });
  // No version names these files any more. After a crash here they are orphans, which maintenance
  // removes.
  await deps.warehouse.discardRun(tableOf(run), runId);
  return presentAction(runId, action);
}
