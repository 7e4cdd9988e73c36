import type { PipelineRef } from '@rat/domain';
import { discardState, dropRunBranch } from '@rat/lakehouse';
import { moveTable } from '@rat/store';
import type { AttemptDeps } from './attempt-deps.ts';
import { findCurrentTable } from './current-table.ts';
import { pauseBeforeRetry } from './pause-before-retry.ts';

const TRIES = 10;

/**
 * Takes away all that a run left: its branch, then its files. Only for a run that has ended unpublished, or whose next
 * attempt begins; a run that published has no branch, and its files are the table's.
 */
export async function discardRun(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'warehouse'>,
  table: PipelineRef,
  runId: string,
): Promise<void> {
  await dropBranch(deps, table, runId);
  await deps.warehouse.discardRun(table, runId);
}

async function dropBranch(
  deps: Pick<AttemptDeps, 'db' | 'tables'>,
  table: PipelineRef,
  runId: string,
): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const current = await findCurrentTable(deps, table);
    if (current === undefined) return;
    const next = await dropRunBranch(deps.tables, current, { runId, nowMs: Date.now() });
    if (next === undefined) return;
    const move = { table, expected: current.location, next: next.location };
    if (await moveTable(deps.db, move)) return;
    await discardState(deps.tables, next);
    await pauseBeforeRetry(tries);
  }
  throw new Error('the branch could not be dropped: other writers kept moving the table');
}
