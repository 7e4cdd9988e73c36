import { listPipelinesQuery } from '@rat/contracts';
import { isSlug } from '@rat/domain';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { askRunner } from '../ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseInput } from '../http/parse-input.ts';

/** GET /api/v1/tables: a page of tables, with rows and sizes from their metadata. */
export function listTablesRoute(deps: Pick<AppDeps, 'db' | 'log'>): RequestHandler {
  return async (req, res) => {
    const query = parseInput(listPipelinesQuery, req.query);
    if (query.namespace !== undefined && !isSlug(query.namespace)) {
      res.json({ tables: [], total: 0 });
      return;
    }
    res.json(await askRunner(deps, 'list-tables', query, clientGone(res)));
  };
}
