import type { DescribedTable, TableDetail } from '@rat/contracts';
import { formatRef, NotFoundError, UnavailableError, type PipelineRef } from '@rat/domain';
import { changeTableDocs, docsTag, hasTableOrPipeline } from '@rat/store';
import type { TableDeps } from './table-deps.ts';
import { withOtherNames } from './with-other-names.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
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
    const { column_descriptions: texts, ...change } = body;
    const columns = texts === undefined ? change.columns : columnsOf(texts);
    const docs = await changeTableDocs(
      deps.db,
      table,
      { ...change, columns },
      { by: parseRequestedBy(req), precondition: parsePrecondition(req) },
    );
    setTag(res, docsTag(docs));
    const answer: DescribedTable = {
      ...withOtherNames(await findDetail(deps, table, clientGone(res))),
      description: docs.description ?? null,
      owner: docs.owner ?? null,
      tags: [...docs.tags],
      column_descriptions: Object.fromEntries(
        Object.entries(docs.columns).map(([name, column]) => [name, column.description]),
      ),
      described_at: docs.updatedAt.toISOString(),
      described_by: docs.updatedBy ?? null,
    };
    res.json(answer);
  });
}

function columnsOf(
  texts: Readonly<Record<string, string | null>> | null,
): Record<string, { description: string | null }> | null {
  if (texts === null) return null;
  return Object.fromEntries(
    Object.entries(texts).map(([name, description]) => [name, { description }]),
  );
}

/** The table now. The words are stored already, so a table that no runner can show is no error. */
async function findDetail(
  deps: TableDeps,
  table: PipelineRef,
  signal: AbortSignal,
): Promise<TableDetail> {
  try {
    return await call(deps, 'get-table', table, signal);
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof UnavailableError)) throw error;
    return {
      ...table,
      snapshot_id: null,
      run_id: null,
      rows: null,
      bytes: null,
      files: null,
      updated_at: null,
      columns: [],
      partition_by: [],
      refs: [],
      snapshots: [],
      history: [],
    };
  }
}
