import type { PipelineRef } from '@rat/domain';
import type { TableDeps } from './table-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { chooseFormat, sendQuery } from './send-query.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/**
 * GET /api/v1/tables/{namespace}/{layer}/{name}/preview: the first rows, from main or another
 * version.
 */
export function previewTableRoute(deps: TableDeps): HandledOperation<'previewTable'> {
  return handleOperation(
    'previewTable',
    async (req, res, { query: { format: wanted, ...asked } }) => {
      const table = parsePipelineParams(req.params);
      // Previews count as a separate client: they are short, and long queries of the same person must
      // not block them.
      const client = `preview ${req.ip ?? ''}`;
      const sql = selectAll(table);
      const { namespace, name } = table;
      const format = chooseFormat(req, wanted);
      await sendQuery(deps, { ...asked, sql, namespace, client, format, name }, res);
    },
  );
}

/** The names are slugs; the quotes are needed for hyphens. */
function selectAll({ namespace, layer, name }: PipelineRef): string {
  return `SELECT * FROM "${namespace}"."${layer}"."${name}"`;
}
