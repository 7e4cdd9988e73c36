import { listPipelinesQuery, type PipelineList } from '@rat/contracts';
import { isSlug } from '@rat/domain';
import { listPipelines } from '@rat/store';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { parseInput } from '../http/parse-input.ts';
import { presentPipeline } from '../present-pipeline.ts';

/** GET /api/v1/pipelines: pipelines by namespace, layer and name. */
export function listPipelinesRoute(deps: Pick<AppDeps, 'db'>): RequestHandler {
  return async (req, res) => {
    const query = parseInput(listPipelinesQuery, req.query);
    const nobodys = query.namespace !== undefined && !isSlug(query.namespace);
    const page = nobodys ? { pipelines: [], total: 0 } : await listPipelines(deps.db, query);
    const answer: PipelineList = {
      pipelines: page.pipelines.map(presentPipeline),
      total: page.total,
    };
    res.json(answer);
  };
}
