import type { CreateRunAnswer } from '@rat/contracts';
import { createRun } from '@rat/store';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { parseCreateRun } from '../parse-create-run.ts';
import { tellOfCreated } from '../tell-of-created.ts';

/** POST /api/v1/runs: 202 as soon as the run is stored, whatever the state of the queue. */
export function createRunRoute(
  deps: Pick<AppDeps, 'db' | 'queue' | 'hints' | 'log'>,
): RequestHandler {
  return async (req, res) => {
    const run = await createRun(deps.db, parseCreateRun(req.body));
    await tellOfCreated(deps, run);
    const answer: CreateRunAnswer = { run_id: run.id, status: 'pending' };
    res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
  };
}
