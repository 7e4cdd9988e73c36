import type { TableDeps } from './table-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { withinQueryQuota } from '../runner-client/within-query-quota.ts';
import { clientGone } from '../http/client-gone.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/**
 * GET /api/v1/tables/{namespace}/{layer}/{name}/profile: what the values of each column are like. The
 * work ends when the client leaves.
 */
export function getTableProfileRoute(deps: TableDeps): HandledOperation<'getTableProfile'> {
  return handleOperation('getTableProfile', async (req, res) => {
    const table = parsePipelineParams(req.params);
    const client = `profile ${req.ip ?? ''}`;
    const signal = clientGone(res);
    const answer = await withinQueryQuota(deps, table.namespace, () =>
      call(deps, 'profile-table', { ...table, client }, signal),
    );
    res.json(answer);
  });
}
