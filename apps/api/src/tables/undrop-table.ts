import type { UndropTableAnswer } from '@rat/contracts';
import { undropTable } from '@rat/store';
import type { TableDeps } from './table-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/** POST /api/v1/tables/{namespace}/{layer}/{name}/undrop: takes a drop of this name back. */
export function undropTableRoute(deps: TableDeps): HandledOperation<'undropTable'> {
  return handleOperation('undropTable', async (req, res, { body }) => {
    const table = parsePipelineParams(req.params);
    const dropId = body.drop_id ?? undefined;
    const restored = await undropTable(deps.db, table, {
      dropId,
      requestedBy: parseRequestedBy(req, body),
      idempotency: idempotencyOf(req, deps, {
        operation: 'undrop table',
        ...table,
        drop_id: dropId,
      }),
    });
    if (restored.isReplayed) res.set('Idempotent-Replayed', 'true');
    const answer: UndropTableAnswer = {
      ...restored.table,
      drop_id: restored.id,
      dropped_at: restored.droppedAt.toISOString(),
      restored_at: restored.restoredAt.toISOString(),
    };
    res.json(answer);
  });
}
