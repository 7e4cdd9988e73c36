import { withinCaps } from './run-caps.ts';
import { announceRun } from '@rat/dispatch';
import { ConflictError, isTerminal, type Run } from '@rat/domain';
import { createRun, getRun, listLandingReads } from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { sendCreated } from './send-created.ts';
import { makerOf } from '../http/requested-by.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { parseRunId } from './parse-run-id.ts';

/**
 * POST /api/v1/runs/{id}/reproduce: 202 with a new run of the same pipeline version, which reads
 * the same snapshots as the given run. 409 while the given run has not ended, and when its inputs
 * cannot be read again.
 */
export function reproduceRunRoute(deps: RunDeps): HandledOperation<'reproduceRun'> {
  return handleOperation('reproduceRun', async (req, res) => {
    const old = await getRun(deps.db, parseRunId(req.params.id));
    const obstacle = await findObstacle(deps, old);
    if (obstacle !== undefined) throw new ConflictError(obstacle, { runId: old.id });
    const { namespace, layer, pipeline: name, pipelineVersion } = old;
    const run = await createRun(deps.db, {
      pipeline: { namespace, layer, name },
      trigger: { kind: 'reproduce' },
      ...withinCaps(old, deps.caps),
      fullRefresh: old.fullRefresh,
      rerunOf: old.id,
      ...makerOf(req),
      idempotency: idempotencyOf(req, deps, { operation: 'reproduce', run_id: old.id }),
      // A reproduction of a reproduction uses the pinned snapshots, which the earlier one may never
      // have read.
      reproduces: { pipelineVersion, inputSnapshots: old.pinnedSnapshots ?? old.inputSnapshots },
    });
    announceRun(deps, run);
    sendCreated(res, run);
  });
}

async function findObstacle(deps: RunDeps, old: Run): Promise<string | undefined> {
  if (!isTerminal(old.status)) return `run has not ended (status: ${old.status})`;
  if (old.kind !== 'pipeline') return 'a maintenance run reads nothing that could be read again';
  const [landing] = await listLandingReads(deps.db, old.id);
  if (landing === undefined) return undefined;
  return `run read files of landing zone ${landing.zone}, which are not kept as they were`;
}
