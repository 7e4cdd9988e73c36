import type { DoorAnswer, DoorQuestion } from '@rat/contracts';
import { ConflictError } from '@rat/domain';
import { dropRunBranch } from '@rat/lakehouse';
import { actOnTable, tableOf } from './act-on-table.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import { getQuarantined } from './get-quarantined.ts';
import { presentAction } from './present-action.ts';

/** Gives up the rows of a run whose tests failed: its branch, then its files. Throws as `publishQuarantined` does. */
export async function discardQuarantined(
  deps: Pick<RunnerApiDeps, 'db' | 'tables' | 'warehouse' | 'log'>,
  { runId, reason }: DoorQuestion<'discard-run'>,
): Promise<DoorAnswer<'discard-run'>> {
  const run = await getQuarantined(deps, runId);
  const action = await actOnTable(deps, run, { action: 'discard', reason }, async (current) => {
    const next = await dropRunBranch(deps.tables, current, { runId, nowMs: Date.now() });
    if (next === undefined) throw new ConflictError('what the run wrote is no longer kept');
    return next;
  });
  // Nothing names the files any more; those that a crash leaves are orphans, which maintenance finds.
  await deps.warehouse.discardRun(tableOf(run), runId);
  return presentAction(runId, action);
}
