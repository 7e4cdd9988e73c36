import type { ListPipelinesQuery, PipelineList } from '@rat/contracts';
import { listPipelines, type PipelineQuery } from '@rat/store';
import type { PipelineDeps } from './pipeline-deps.ts';
import { handleOperation, type Confined, type HandledOperation } from '../http/operation.ts';
import { presentListedPipeline } from './present-pipeline.ts';
import { namesNothing } from '../http/names-nothing.ts';

/** GET /api/v1/pipelines: a page of pipelines, with `include=health` how their newest runs went. */
export function listPipelinesRoute(deps: PipelineDeps): HandledOperation<'listPipelines'> {
  return handleOperation('listPipelines', async (_req, res, { query }) => {
    const wanted = toPipelineQuery(query);
    // Postgres cannot read a NUL, and no namespace matches a name that is not a slug.
    const matchesNone = wanted.q?.includes('\0') || namesNothing(query.namespace);
    const page = matchesNone ? { pipelines: [], total: 0 } : await listPipelines(deps.db, wanted);
    const answer: PipelineList = {
      pipelines: page.pipelines.map(presentListedPipeline),
      total: page.total,
    };
    res.json(answer);
  });
}

function toPipelineQuery({
  sort,
  include,
  search,
  q = search,
  ...query
}: Confined<ListPipelinesQuery>): PipelineQuery {
  return {
    ...query,
    q,
    withHealth: include === 'health',
    // The schema allows only `field` and `-field`.
    sort: sort?.replace('-', '') as PipelineQuery['sort'],
    order: sort?.startsWith('-') ? 'desc' : 'asc',
  };
}
