import { previewQuery } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import type { AppDeps } from '../app-deps.ts';
import { operation, type Operation } from '../http/operation.ts';
import { askRunner } from '../ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parsePipelineParams, type PipelineParams } from '../parse-pipeline-params.ts';

/** GET /api/v1/tables/{namespace}/{layer}/{name}/preview: the first rows, of main or of another version. */
export function previewTableRoute(deps: Pick<AppDeps, 'db' | 'log'>): Operation<PipelineParams> {
  return operation({
    query: previewQuery,
    handle: async (req, res, { query: { limit, ...version } }) => {
      const table = parsePipelineParams(req.params);
      const question = { sql: selectAll(table), namespace: table.namespace, limit, ...version };
      res.json(await askRunner(deps, 'query', question, clientGone(res)));
    },
  });
}

/** The names are slugs, which need their quotes for hyphens only. */
function selectAll({ namespace, layer, name }: PipelineRef): string {
  return `SELECT * FROM "${namespace}"."${layer}"."${name}"`;
}
