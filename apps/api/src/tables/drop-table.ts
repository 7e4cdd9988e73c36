import { dropTable } from '@rat/store';
import type { TableDeps } from './table-deps.ts';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { answerDrop } from '../pipelines/answer-drop.ts';
import { dropKeepTime } from '../pipelines/drop-keep-time.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/**
 * DELETE /api/v1/tables/{namespace}/{layer}/{name}: the table is gone for readers, and its files stay
 * for a while. It needs no runner: a drop moves one row of the catalog.
 */
export function dropTableRoute(deps: TableDeps): HandledOperation<'dropTable'> {
  return handleOperation('dropTable', async (req, res, { query }) => {
    const table = parsePipelineParams(req.params);
    const drop = await dropTable(deps.db, table, {
      ...query,
      requestedBy: parseRequestedBy(req),
      mayRead: confinedTo(req),
      keepMs: await dropKeepTime(deps),
    });
    res.json(await answerDrop(deps, drop));
  });
}
