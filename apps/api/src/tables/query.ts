import type { AppDeps } from '../app-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { askQuery } from './ask-query.ts';
import { clientGone } from '../http/client-gone.ts';

/** POST /api/v1/query: one SELECT over the tables, read-only, in the sandbox that pipelines run in. */
export function queryRoute(deps: Pick<AppDeps, 'db' | 'log'>): HandledOperation<'query'> {
  return handleOperation('query', async (req, res, { body }) => {
    const question = { ...body, client: `query ${req.ip ?? ''}` };
    res.json(await askQuery(deps, question, clientGone(res)));
  });
}
