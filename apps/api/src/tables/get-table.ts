import type { AppDeps } from '../app-deps.ts';
import { operation, type Operation } from '../http/operation.ts';
import { askRunner } from '../runner-client/ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parsePipelineParams, type PipelineParams } from '../pipelines/parse-pipeline-params.ts';

/** GET /api/v1/tables/{namespace}/{layer}/{name}: columns, partitions, branches and every version that is kept. */
export function getTableRoute(deps: Pick<AppDeps, 'db' | 'log'>): Operation<PipelineParams> {
  return operation<PipelineParams>({
    handle: async (req, res) => {
      const table = parsePipelineParams(req.params);
      res.json(await askRunner(deps, 'get-table', table, clientGone(res)));
    },
  });
}
