import type { PipelineRef } from '@rat/domain';
import type { AppDeps } from '../app-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { sendQuery } from './send-query.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/** GET /api/v1/tables/{namespace}/{layer}/{name}/preview: the first rows, of main or of another version. */
export function previewTableRoute(
  deps: Pick<AppDeps, 'db' | 'log'>,
): HandledOperation<'previewTable'> {
  return handleOperation('previewTable', async (req, res, { query: { limit, ...version } }) => {
    const table = parsePipelineParams(req.params);
    // A client of its own: a preview is short, and a person's long queries must not refuse it.
    const client = `preview ${req.ip ?? ''}`;
    const sql = selectAll(table);
    await sendQuery(deps, { sql, namespace: table.namespace, limit, client, ...version }, res);
  });
}

/** The names are slugs, which need their quotes for hyphens only. */
function selectAll({ namespace, layer, name }: PipelineRef): string {
  return `SELECT * FROM "${namespace}"."${layer}"."${name}"`;
}
