import { versionTag } from '@rat/domain';
import { getPipeline } from '@rat/store';
import type { PipelineDeps } from './pipeline-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { parsePipelineParams } from './parse-pipeline-params.ts';
import { presentPipelineDetail } from './present-pipeline.ts';

/**
 * GET /api/v1/pipelines/{namespace}/{layer}/{name}: a pipeline with the files of its current
 * version.
 */
export function getPipelineRoute(deps: PipelineDeps): HandledOperation<'getPipeline'> {
  return handleOperation('getPipeline', async (req, res) => {
    const row = await getPipeline(deps.db, parsePipelineParams(req.params));
    setTag(res, versionTag(row.version, row.contentHash));
    res.json(presentPipelineDetail(row));
  });
}
