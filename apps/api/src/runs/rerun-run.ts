import type { CreateRunAnswer } from '@rat/contracts';
import { ConflictError, isTerminal } from '@rat/domain';
import { createRun, getRun } from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRunId } from './parse-run-id.ts';
import { withinCaps } from './run-caps.ts';
import { announceRun } from '@rat/dispatch';

/**
 * POST /api/v1/runs/{id}/rerun: 202 with a new run of the current version of the pipeline, with the
 * limits and priority of the given run. 409 while the given run has not ended.
 */
export function rerunRunRoute(deps: RunDeps): HandledOperation<'rerunRun'> {
  return handleOperation('rerunRun', async (req, res) => {
    const old = await getRun(deps.db, parseRunId(req.params.id));
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
    });
    announceRun(deps, run);
    const answer: CreateRunAnswer = { run_id: run.id, status: 'pending' };
    res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
  });
}
