import { publishRunBody } from '@rat/contracts';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { askRunner } from '../ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseInput } from '../http/parse-input.ts';
import { parseRunId } from '../parse-run-id.ts';

/** POST /api/v1/runs/{id}/publish: makes the rows of a run public although its tests failed. A reason is asked for, and kept. */
export function publishRunRoute(deps: Pick<AppDeps, 'db' | 'log'>): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const runId = parseRunId(req.params.id);
    const { reason } = parseInput(publishRunBody, req.body ?? {});
    res.json(await askRunner(deps, 'publish-run', { runId, reason }, clientGone(res)));
  };
}
