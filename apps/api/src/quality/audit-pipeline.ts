import type { CreateRunAnswer } from '@rat/contracts';
import { announceRun } from '@rat/dispatch';
import { createRun } from '@rat/store';
import type { QualityDeps } from './quality-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/**
 * POST /api/v1/pipelines/{namespace}/{layer}/{name}/tests/run: 202 with a run that executes the
 * current version's tests on the current table and writes no rows.
 */
export function auditPipelineRoute(deps: QualityDeps): HandledOperation<'auditPipeline'> {
  return handleOperation('auditPipeline', async (req, res) => {
    const pipeline = parsePipelineParams(req.params);
    const run = await createRun(deps.db, { pipeline, kind: 'audit', trigger: { kind: 'tests' } });
    announceRun(deps, run);
    const answer: CreateRunAnswer = { run_id: run.id, status: 'pending' };
    res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
  });
}
