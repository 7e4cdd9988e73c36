import { deletePipeline } from '@rat/store';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { parsePipelineParams, type PipelineParams } from '../parse-pipeline-params.ts';

/** DELETE /api/v1/pipelines/{namespace}/{layer}/{name}: hides the pipeline; its runs and its table stay. */
export function deletePipelineRoute(deps: Pick<AppDeps, 'db'>): RequestHandler<PipelineParams> {
  return async (req, res) => {
    await deletePipeline(deps.db, parsePipelineParams(req.params));
    res.status(204).end();
  };
}
