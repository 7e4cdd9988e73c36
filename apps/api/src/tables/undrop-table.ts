import type { UndropTableAnswer } from '@rat/contracts';
import { undropTable } from '@rat/store';
import type { TableDeps } from './table-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/** POST /api/v1/tables/{namespace}/{layer}/{name}/undrop: takes a drop of this name back. */
export function undropTableRoute(deps: TableDeps): HandledOperation<'undropTable'> {
  return handleOperation('undropTable', async (req, res, { body }) => {
    const restored = await undropTable(deps.db, parsePipelineParams(req.params), {
      dropId: body.drop_id ?? undefined,
      requestedBy: parseRequestedBy(req, body),
    });
    const answer: UndropTableAnswer = {
      ...restored.table,
      drop_id: restored.id,
      dropped_at: restored.droppedAt.toISOString(),
      restored_at: restored.restoredAt.toISOString(),
    };
    res.json(answer);
  });
}
