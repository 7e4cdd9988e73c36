import type { TableMetadata } from '@rat/contracts';
import { formatRef, NotFoundError } from '@rat/domain';
import { changeTableDocs, hasTableOrPipeline } from '@rat/store';
import type { TableDeps } from './table-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/**
 * PUT /api/v1/tables/{namespace}/{layer}/{name}/metadata: what people know about a table. A pipeline
 * may have its table described before its first run.
 */
export function putTableMetadataRoute(deps: TableDeps): HandledOperation<'putTableMetadata'> {
  return handleOperation('putTableMetadata', async (req, res, { body }) => {
    const table = parsePipelineParams(req.params);
    if (!(await hasTableOrPipeline(deps.db, table))) {
      throw new NotFoundError(`table ${formatRef(table)} does not exist`);
    }
    const docs = await changeTableDocs(deps.db, table, body, parseRequestedBy(req));
    const answer: TableMetadata = {
      ...table,
      description: docs.description ?? null,
      owner: docs.owner ?? null,
      tags: [...docs.tags],
      columns: docs.columns,
      updated_at: docs.updatedAt.toISOString(),
      updated_by: docs.updatedBy ?? null,
    };
    res.json(answer);
  });
}
