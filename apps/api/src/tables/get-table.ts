import type { TableAnswer } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import { docsTag, findTableDocs } from '@rat/store';
import type { TableDeps } from './table-deps.ts';
import { withOtherNames } from './with-other-names.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';

/**
 * GET /api/v1/tables/{namespace}/{layer}/{name}: columns, partitions, branches and all retained
 * versions of a table.
 */
export function getTableRoute(deps: TableDeps): HandledOperation<'getTable'> {
  return handleOperation('getTable', async (req, res) => {
    const table = parsePipelineParams(req.params);
    // Read before the answer: a change in between makes the tag old, and a write by it is refused.
    const docs = (await findTableDocs(deps.db, [table])).get(formatRef(table));
    const answer: TableAnswer = withOtherNames(
      await call(deps, 'get-table', table, clientGone(res)),
    );
    setTag(res, docsTag(docs));
    res.json(answer);
  });
}
