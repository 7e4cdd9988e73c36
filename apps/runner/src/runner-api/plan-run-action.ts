import type { RunnerRequest, RunnerResponse } from '@rat/contracts';
import type { Run } from '@rat/domain';
import {
  findRefSnapshot,
  MAIN_BRANCH,
  planPublish,
  planRevert,
  readTotals,
  StaleBranchError,
  type Snapshot,
  type TableMetadata,
} from '@rat/iceberg';
import { getRun, listRunActions } from '@rat/store';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import { alreadyDecided, assertTable, tableOf } from './act-on-table.ts';
import { findTaintedRuns, presentTainted } from './find-tainted-runs.ts';
import { getQuarantined } from './get-quarantined.ts';
import { overtaken, rowsGone } from './publish-quarantined.ts';
import { getPublished } from './revert-run.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

type PlanDeps = Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>;
type Plan = RunnerResponse<'plan-run-action'>;

/**
 * Answers what a publish by hand, or a revert, would do now, and does nothing. Throws what the action
 * itself would throw.
 */
export async function planRunAction(
  deps: PlanDeps,
  { runId, action }: RunnerRequest<'plan-run-action'>,
): Promise<Plan> {
  const run =
    action === 'publish' ? await getQuarantined(deps, runId) : await getRun(deps.db, runId);
  const published = action === 'revert' ? await getPublished(deps, run) : undefined;
  await refuseDecided(deps, runId, action);
  const table = tableOf(run);
  const { metadata } = assertTable(await findCurrentTable(deps, table));
  const head = findRefSnapshot(metadata, MAIN_BRANCH);
  const next =
    published === undefined
      ? planPublishOf(metadata, runId)
      : planRevert(metadata, BigInt(published)).before;
  const rows = await withTableName(table, async () => ({
    before: await countRows(deps, metadata, head),
    after: await countRows(deps, metadata, next),
  }));
  const tainted =
    published === undefined
      ? []
      : await findTaintedRuns(deps, { runId, table, snapshotId: published });
  const { namespace, layer, name } = table;
  return {
    dry_run: true,
    run_id: runId,
    action,
    namespace,
    layer,
    pipeline: name,
    current_snapshot_id: head === undefined ? null : String(head['snapshot-id']),
    next_snapshot_id: next === undefined ? null : String(next['snapshot-id']),
    rows_before: rows.before,
    rows_after: rows.after,
    ...changedRows(run, action, rows),
    tainted_runs: presentTainted(tainted),
  };
}

async function refuseDecided(
  { db }: PlanDeps,
  runId: string,
  action: 'publish' | 'revert',
): Promise<void> {
  const actions = await listRunActions(db, runId);
  const ends = action === 'publish' ? ['publish', 'discard'] : ['revert'];
  if (actions.some((taken) => ends.includes(taken.action))) throw alreadyDecided();
}

function planPublishOf(metadata: TableMetadata, runId: string): Snapshot {
  try {
    const head = planPublish(metadata, { runId, nowMs: Date.now() });
    if (head === undefined) throw rowsGone();
    return head;
  } catch (error) {
    if (error instanceof StaleBranchError) throw overtaken(error);
    throw error;
  }
}

async function countRows(
  { tables }: PlanDeps,
  metadata: TableMetadata,
  snapshot: Snapshot | undefined,
): Promise<number> {
  if (snapshot === undefined) return 0;
  const totals = await readTotals(tables, metadata, snapshot, ['total-records']);
  return totals['total-records'];
}

/**
 * The rows that come and go. The run's phase `write` counted the rows that it inserted or changed; the
 * totals of the snapshots give the other number. Counts of files would include the rows that a
 * rewritten file only carries over.
 */
function changedRows(
  run: Run,
  action: 'publish' | 'revert',
  { before, after }: { before: number; after: number },
): Pick<Plan, 'rows_added' | 'rows_removed'> {
  const write = run.phases.find(({ name }) => name === 'write')?.rows;
  const written = run.rowsWritten ?? write ?? Math.max(0, after - before);
  if (action === 'publish') {
    return { rows_added: written, rows_removed: Math.max(0, before + written - after) };
  }
  return { rows_added: Math.max(0, after - before + written), rows_removed: written };
}
