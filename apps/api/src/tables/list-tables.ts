import type { TablePage } from '@rat/contracts';
import type { TableDeps } from './table-deps.ts';
import { withOtherNames } from './with-other-names.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { namesNothing } from '../http/names-nothing.ts';

/** GET /api/v1/tables: a page of tables, with row counts and sizes from their metadata. */
export function listTablesRoute(deps: TableDeps): HandledOperation<'listTables'> {
  return handleOperation('listTables', async (_req, res, { query }) => {
    if (namesNothing(query.namespace)) {
      res.json({ tables: [], total: 0 });
      return;
    }
    const { tables, total } = await call(deps, 'list-tables', query, clientGone(res));
    const answer: TablePage = { tables: tables.map(withOtherNames), total };
    res.json(answer);
  });
}
