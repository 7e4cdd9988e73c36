import { mergeConfig, pipelineConfig } from '@rat/contracts';
import { NotFoundError, STRATEGIES, type PipelineRef } from '@rat/domain';
import { getPipeline } from '@rat/store';
import type { TableDeps } from './table-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { withinQueryQuota } from '../runner-client/within-query-quota.ts';
import { clientGone } from '../http/client-gone.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/**
 * GET /api/v1/tables/{namespace}/{layer}/{name}/diff: the rows by which two versions differ, matched
 * by the key that the client names, or that the pipeline has. The work ends when the client leaves.
 */
export function diffTableRoute(deps: TableDeps): HandledOperation<'diffTable'> {
  return handleOperation('diffTable', async (req, res, { query }) => {
    const table = parsePipelineParams(req.params);
    const key = query.key ?? (await uniqueKeyOf(deps, table));
    const client = `diff ${req.ip ?? ''}`;
    const signal = clientGone(res);
    const answer = await withinQueryQuota(deps, table.namespace, () =>
      call(deps, 'diff-table', { ...table, ...query, key, client }, signal),
    );
    res.json(answer);
  });
}

/** The key of the table's pipeline; none for a table of another writer, or of a deleted pipeline. */
async function uniqueKeyOf(deps: TableDeps, table: PipelineRef): Promise<string[]> {
  try {
    const config = pipelineConfig.parse((await getPipeline(deps.db, table)).config);
    if (config.unique_key === undefined) return [];
    const { strategy, keys, validFrom } = mergeConfig(config);
    return STRATEGIES[strategy].keepsVersions ? [...keys, validFrom] : [...keys];
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}
