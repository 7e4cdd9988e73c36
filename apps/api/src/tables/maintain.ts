import type { MaintenanceAnswer } from '@rat/contracts';
import { announceRun } from '@rat/dispatch';
import { formatRef, NotFoundError, UnprocessableError, type PipelineRef } from '@rat/domain';
import { createRun, listMaintainableTables, MAINTENANCE_RUN, type RunRequest } from '@rat/store';
import type { TableDeps } from './table-deps.ts';
import { noteChanged } from '../http/changed-objects.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { makerOf } from '../http/requested-by.ts';
import { clientGone } from '../http/client-gone.ts';
import { idempotencyOf, idempotencyOfPart } from '../http/idempotency.ts';

/**
 * POST /api/v1/maintenance: 202 with a maintenance run for each table. Such a run compacts the
 * table and changes no row. With `dry_run`, 200 with the plan for each table. A second request with
 * the same `Idempotency-Key` returns the first one's run for each table that has one.
 */
export function maintainRoute(deps: TableDeps): HandledOperation<'maintain'> {
  return handleOperation('maintain', async (req, res, { body }) => {
    const { table: name, dry_run: isDry, ...filter } = body;
    const tables = await listMaintainableTables(deps.db, { ...filter, name });
    if (tables.length === 0) throw new NotFoundError('no pipeline has written such a table');
    const idempotency = idempotencyOf(req, deps, { operation: 'maintenance', ...body });
    const answer: MaintenanceAnswer = { runs: [], plans: [] };
    for (const table of tables) {
      if (isDry) {
        try {
          answer.plans.push(await call(deps, 'plan-maintenance', table, clientGone(res)));
        } catch (error) {
          // An unreadable table must not hide the plans of the others.
          if (!(error instanceof UnprocessableError) || tables.length === 1) throw error;
          (answer.unreadable ??= []).push({ ...table, reason: error.message });
        }
      } else {
        const run = await askForRun(deps, table, { idempotency, ...makerOf(req) });
        noteChanged(req, `runs/${run.run_id}`);
        answer.runs.push(run);
      }
    }
    res.status(isDry ? 200 : 202).json(answer);
  });
}

async function askForRun(
  deps: TableDeps,
  pipeline: PipelineRef,
  { idempotency, ...maker }: Pick<RunRequest, 'idempotency' | 'origin' | 'requestedBy'>,
): Promise<MaintenanceAnswer['runs'][number]> {
  const run = await createRun(deps.db, {
    ...MAINTENANCE_RUN,
    pipeline,
    ...maker,
    idempotency: idempotencyOfPart(idempotency, formatRef(pipeline)),
  });
  announceRun(deps, run);
  return { run_id: run.id, ...pipeline };
}
