import { deletePipeline } from '@rat/store';
import type { AppDeps } from '../app-deps.ts';
import { operation, type Operation } from '../http/operation.ts';
import { parsePipelineParams, type PipelineParams } from './parse-pipeline-params.ts';

/** DELETE /api/v1/pipelines/{namespace}/{layer}/{name}: hides the pipeline; its runs and its table stay. */
export function deletePipelineRoute(deps: Pick<AppDeps, 'db'>): Operation<PipelineParams> {
  return operation({
    answers: 'any',
    handle: async (req, res) => {
      await deletePipeline(deps.db, parsePipelineParams(req.params));
      res.status(204).end();
    },
  });
}
