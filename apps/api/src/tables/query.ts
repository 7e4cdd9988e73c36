import type { TableDeps } from './table-deps.ts';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { chooseFormat, sendQuery } from './send-query.ts';

/**
 * POST /api/v1/query: executes one SELECT over the tables, read-only, in the sandbox of pipelines.
 */
export function queryRoute(deps: TableDeps): HandledOperation<'query'> {
  return handleOperation('query', (req, res, { query, body }) => {
    const format = chooseFormat(req, query.format);
    const client = `query ${req.ip ?? ''}`;
    const namespaces = confinedTo(req);
    const asked = { ...body, ...(namespaces && { namespaces }), format, client, name: 'result' };
    return sendQuery(deps, asked, res);
  });
}
