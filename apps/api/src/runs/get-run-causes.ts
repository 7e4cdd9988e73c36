import type { RunCauses } from '@rat/contracts';
import { NotFoundError, walkCauses } from '@rat/domain';
import { findRunCauses } from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRunId } from './parse-run-id.ts';
import { presentCause } from './present-cause.ts';
import type { RunDeps } from './run-deps.ts';

/**
 * GET /api/v1/runs/{id}/causes: the run, and the runs that led to it. Runs in namespaces that the caller
 * may not see are left out, and so is what led to them.
 */
export function getRunCausesRoute(deps: RunDeps): HandledOperation<'getRunCauses'> {
  return handleOperation('getRunCauses', async (req, res) => {
    const own = confinedTo(req);
    const { runs, isTruncated } = await walkCauses(parseRunId(req.params.id), async (ids) => {
      const found = await findRunCauses(deps.db, ids);
      return found
        .filter(({ namespace }) => own === undefined || own.includes(namespace))
        .map((run) => ({ ...run, causes: run.cause?.causes ?? [] }));
    });
    if (runs.length === 0) throw new NotFoundError('run not found');
    const answer: RunCauses = {
      runs: runs.map((run) => ({
        run_id: run.id,
        namespace: run.namespace,
        layer: run.layer,
        pipeline: run.pipeline,
        status: run.status,
        created_at: run.createdAt.toISOString(),
        caused_by: presentCause(req, run.cause),
      })),
      truncated: isTruncated,
    };
    res.json(answer);
  });
}
