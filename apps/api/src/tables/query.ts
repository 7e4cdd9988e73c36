import { queryBody } from '@rat/contracts';
import type { AppDeps } from '../app-deps.ts';
import { operation, type Operation } from '../http/operation.ts';
import { askQuery } from './ask-query.ts';
import { clientGone } from '../http/client-gone.ts';

/** POST /api/v1/query: one SELECT over the tables, read-only, in the sandbox that pipelines run in. */
export function queryRoute(deps: Pick<AppDeps, 'db' | 'log'>): Operation<Record<string, never>> {
  return operation({
    body: queryBody,
    handle: async (req, res, { body }) => {
      const question = { ...body, client: `query ${req.ip ?? ''}` };
      res.json(await askQuery(deps, question, clientGone(res)));
    },
  });
}
