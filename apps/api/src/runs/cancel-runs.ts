import type { CancelPlanAnswer, CancelRunsAnswer } from '@rat/contracts';
import { createCancelPlan, getCancelPlan } from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { noteChanged } from '../http/changed-objects.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { cancelMany } from './cancel-many.ts';
import { parseCancelRequest } from './parse-cancel-request.ts';

/**
 * POST /api/v1/runs/cancel: with a filter, returns the runs that would be cancelled and a token.
 * With the token, cancels exactly these runs, even if other runs match the filter by then.
 */
export function cancelRunsRoute(deps: RunDeps): HandledOperation<'cancelRuns'> {
  return handleOperation('cancelRuns', async (req, res, { body }) => {
    const { filter, token, ...request } = body;
    if (token !== undefined) {
      const planned = await getCancelPlan(deps.db, token);
      const answer: CancelRunsAnswer = await cancelMany(
        deps,
        planned,
        parseCancelRequest(req, request),
        (runId) => noteChanged(req, `runs/${runId}`),
      );
      res.json(answer);
      return;
    }
    const plan = await createCancelPlan(deps.db, filter ?? {});
    // The plan changes no run, and its entry names what its token can cancel.
    for (const { runId } of plan.runs) noteChanged(req, `runs/${runId}`);
    const answer: CancelPlanAnswer = {
      count: plan.count,
      cancels: plan.runs.length,
      runs: plan.runs.map(({ runId, status, pipeline: { namespace, layer, name } }) => {
        return { id: runId, namespace, layer, pipeline: name, status };
      }),
      token: plan.token,
      expires_at: plan.expiresAt.toISOString(),
    };
    res.json(answer);
  });
}
