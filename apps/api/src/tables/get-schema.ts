import type { TableSchemas } from '@rat/contracts';
import type { TableDeps } from './table-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { namesNothing } from '../http/names-nothing.ts';

/** GET /api/v1/schema: the columns of all tables, so that an editor can complete SQL. */
export function getSchemaRoute(deps: TableDeps): HandledOperation<'getSchema'> {
  return handleOperation('getSchema', async (_req, res, { query }) => {
    const answer: TableSchemas = namesNothing(query.namespace)
      ? { tables: [], truncated: false }
      : await call(deps, 'list-schemas', query, clientGone(res));
    res.json(answer);
  });
}
