import { deletePipeline } from '@rat/store';
import type { PipelineDeps } from './pipeline-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';

/**
 * DELETE /api/v1/pipelines/{namespace}/{layer}/{name}: hides the pipeline; its runs and table
 * remain.
 */
export function deletePipelineRoute(deps: PipelineDeps): HandledOperation<'deletePipeline'> {
  return handleOperation('deletePipeline', async (req, res) => {
    await deletePipeline(deps.db, parsePipelineParams(req.params), parsePrecondition(req));
    res.status(204).end();
  });
}
