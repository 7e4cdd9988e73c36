import { queryBody } from '@rat/contracts';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { askRunner } from '../ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseInput } from '../http/parse-input.ts';

/** POST /api/v1/query: one SELECT over the tables, read-only, in the sandbox that pipelines run in. */
export function queryRoute(deps: Pick<AppDeps, 'db' | 'log'>): RequestHandler {
  return async (req, res) => {
    const question = parseInput(queryBody, req.body ?? {});
    res.json(await askRunner(deps, 'query', question, clientGone(res)));
  };
}
