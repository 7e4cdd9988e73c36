import type { AuditAnswer } from '@rat/contracts';
import { announceRun } from '@rat/dispatch';
import { createRun } from '@rat/store';
import type { Request } from 'express';
import { clientGone } from '../http/client-gone.ts';
import type { QualityDeps } from './quality-deps.ts';
import { makerOf } from '../http/requested-by.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { awaitAudit } from './await-audit.ts';
import { presentAudit } from './present-audit.ts';

/**
 * POST /api/v1/pipelines/{namespace}/{layer}/{name}/tests/run: 202 with a run that executes the
 * current version's tests on the current table and writes no rows. Clients of the reference platform
 * expect the results in the answer, so it waits for the run. The status is 202 in any case, and the
 * id of the run is always there, which is all that a client of earlier versions reads.
 */
export function auditPipelineRoute(deps: QualityDeps): HandledOperation<'auditPipeline'> {
  return handleOperation('auditPipeline', async (req, res) => {
    const pipeline = parsePipelineParams(req.params);
    const run = await createRun(deps.db, {
      pipeline,
      kind: 'audit',
      trigger: { kind: 'tests' },
      ...makerOf(req),
      idempotency: idempotencyOf(req, deps, { operation: 'audit', ...pipeline }),
    });
    announceRun(deps, run);
    const ended = mayWait(req) ? await awaitAudit(deps, run.id, clientGone(res)) : undefined;
    const answer: AuditAnswer =
      ended === undefined
        ? { run_id: run.id, status: 'pending', ...NO_RESULTS }
        : await presentAudit(deps.db, pipeline, ended);
    if (run.kind === 'replayed') res.set('Idempotent-Replayed', 'true');
    res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
  });
}

/** Clients of the reference platform read the numbers of any answer. */
const NO_RESULTS = { results: [], passed: 0, failed: 0, total: 0 };

/** RFC 7240: preferences are separated by commas, and each may have parameters. */
function mayWait(req: Pick<Request, 'get'>): boolean {
  const wishes = (req.get('Prefer') ?? '').split(',');
  return !wishes.some((wish) => wish.split(';')[0]?.trim().toLowerCase() === 'respond-async');
}
