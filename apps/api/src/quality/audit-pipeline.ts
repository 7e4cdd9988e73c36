import { announceRun } from '@rat/dispatch';
import { createRun } from '@rat/store';
import type { QualityDeps } from './quality-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { idempotencyOf } from '../runs/idempotency.ts';
import { sendCreated } from '../runs/send-created.ts';

/**
 * POST /api/v1/pipelines/{namespace}/{layer}/{name}/tests/run: 202 with a run that executes the
 * current version's tests on the current table and writes no rows.
 */
export function auditPipelineRoute(deps: QualityDeps): HandledOperation<'auditPipeline'> {
  return handleOperation('auditPipeline', async (req, res) => {
    const pipeline = parsePipelineParams(req.params);
    const run = await createRun(deps.db, {
      pipeline,
      kind: 'audit',
      trigger: { kind: 'tests' },
      idempotency: idempotencyOf(req, deps, { operation: 'audit', ...pipeline }),
    });
    announceRun(deps, run);
    sendCreated(res, run);
  });
}
