import { announceRun } from '@rat/dispatch';
import { ConflictError, isTerminal } from '@rat/domain';
import { createRun, getRun, type CreatedRun, type RunRequest } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { makerOf } from '../http/requested-by.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { parseRunId } from './parse-run-id.ts';
import { withinCaps } from './run-caps.ts';
import type { RunDeps } from './run-deps.ts';
import { sendCreated } from './send-created.ts';

/**
 * POST /api/v1/runs/{id}/rerun: 202 with a new run of the current version of the pipeline, with the
 * limits and priority of the given run. 409 while the given run has not ended. A second request with
 * the same `Idempotency-Key` returns the first one's run.
 */
export function rerunRunRoute(deps: RunDeps): HandledOperation<'rerunRun'> {
  return handleOperation('rerunRun', async (req, res) => {
    const id = parseRunId(req.params.id);
    const idempotency = idempotencyOf(req, deps, { operation: 'rerun', run_id: id });
    sendCreated(res, await rerun(deps, id, { idempotency, ...makerOf(req) }));
  });
}

/**
 * Creates and announces a run that repeats an ended one. Throws NotFoundError, and ConflictError
 * while the given run has not ended or when the pipeline's `on_conflict` refuses another one.
 */
export async function rerun(
  deps: RunDeps,
  id: string,
  asked: Pick<RunRequest, 'idempotency' | 'origin' | 'requestedBy'>,
): Promise<CreatedRun> {
  const old = await getRun(deps.db, id);
  if (!isTerminal(old.status)) {
    throw new ConflictError(`run has not ended (status: ${old.status})`, { runId: old.id });
  }
  const run = await createRun(deps.db, {
    pipeline: { namespace: old.namespace, layer: old.layer, name: old.pipeline },
    // A rerun keeps the kind: a maintenance run or an audit does not become a pipeline run.
    kind: old.kind,
    trigger: { kind: 'rerun' },
    ...withinCaps(old, deps.caps),
    rerunOf: old.id,
    ...asked,
  });
  announceRun(deps, run);
  return run;
}
