import { getPipeline } from '@rat/store';
import type { AppDeps } from '../app-deps.ts';
import { operation, type Operation } from '../http/operation.ts';
import { parsePipelineParams, type PipelineParams } from './parse-pipeline-params.ts';
import { presentPipelineDetail } from './present-pipeline.ts';

/** GET /api/v1/pipelines/{namespace}/{layer}/{name}: a pipeline with the files of its current version. */
export function getPipelineRoute(deps: Pick<AppDeps, 'db'>): Operation<PipelineParams> {
  return operation<PipelineParams>({
    handle: async (req, res) => {
      const row = await getPipeline(deps.db, parsePipelineParams(req.params));
      res.json(presentPipelineDetail(row));
    },
  });
}
