import type { PipelineList } from '@rat/contracts';
import { isSlug } from '@rat/domain';
import { listPipelines } from '@rat/store';
import type { PipelineDeps } from './pipeline-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { presentPipeline } from './present-pipeline.ts';

/** GET /api/v1/pipelines: a page of pipelines, sorted by namespace, layer and name. */
export function listPipelinesRoute(deps: PipelineDeps): HandledOperation<'listPipelines'> {
  return handleOperation('listPipelines', async (_req, res, { query }) => {
    const matchesNone = query.namespace !== undefined && !isSlug(query.namespace);
    const page = matchesNone ? { pipelines: [], total: 0 } : await listPipelines(deps.db, query);
    const answer: PipelineList = {
      pipelines: page.pipelines.map(presentPipeline),
      total: page.total,
    };
    res.json(answer);
  });
}
