import { getRun, listLandingReads, listRunActions } from '@rat/store';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { parseRunId } from '../parse-run-id.ts';
import { presentRunDetail } from '../present-run.ts';

/** GET /api/v1/runs/{id}: one run in full. */
export function getRunRoute(deps: Pick<AppDeps, 'db'>): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const id = parseRunId(req.params.id);
    const [run, actions, landing] = await Promise.all([
      getRun(deps.db, id),
      listRunActions(deps.db, id),
      listLandingReads(deps.db, id),
    ]);
    res.json(presentRunDetail(run, actions, landing));
  };
}
