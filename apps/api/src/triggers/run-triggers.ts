import { randomUUID } from 'node:crypto';
import type { RunTriggerAnswer } from '@rat/contracts';
import { announceRun } from '@rat/dispatch';
import { getTrigger, pauseTrigger, resumeTrigger, runTrigger } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy, makerOf } from '../http/requested-by.ts';
import { parseIdempotencyKey } from '../http/parse-idempotency-key.ts';
import { refuseWrongParams } from '../runs/refuse-wrong-params.ts';
import { parseTriggerId } from './parse-trigger-id.ts';
import { sendTrigger } from './read-triggers.ts';
import type { TriggerDeps } from './trigger-deps.ts';

/** POST /api/v1/triggers/{id}/pause: 200 with the trigger, also for one that is paused already. */
export function pauseTriggerRoute(deps: TriggerDeps): HandledOperation<'pauseTrigger'> {
  return handleOperation('pauseTrigger', async (req, res, { body }) => {
    const id = parseTriggerId(req.params.id);
    const by = parseRequestedBy(req, body);
    await pauseTrigger(deps.db, id, { by, reason: body.reason ?? undefined });
    sendTrigger(req, res, await getTrigger(deps.db, id));
  });
}

/** POST /api/v1/triggers/{id}/resume: 200 with the trigger, also for one that is not paused. */
export function resumeTriggerRoute(deps: TriggerDeps): HandledOperation<'resumeTrigger'> {
  return handleOperation('resumeTrigger', async (req, res, { body }) => {
    const id = parseTriggerId(req.params.id);
    await resumeTrigger(deps.db, id, { catchesUp: body.catch_up ?? false });
    sendTrigger(req, res, await getTrigger(deps.db, id));
  });
}

/**
 * POST /api/v1/triggers/{id}/run: 202 as soon as the run is stored. A second request with the same
 * `Idempotency-Key` returns the first one's run.
 */
export function runTriggerRoute(deps: TriggerDeps): HandledOperation<'runTrigger'> {
  return handleOperation('runTrigger', async (req, res, { body }) => {
    const id = parseTriggerId(req.params.id);
    const key = parseIdempotencyKey(req.get('Idempotency-Key')) ?? randomUUID();
    const params = body.params ?? undefined;
    if (params !== undefined) {
      const { pipeline } = await getTrigger(deps.db, id);
      await refuseWrongParams(deps.db, pipeline, params);
    }
    const asked = { key, params, ...makerOf(req, body) };
    const { firingId, run } = await runTrigger(deps.db, id, asked);
    announceRun(deps, run);
    if (run.kind === 'replayed') res.set('Idempotent-Replayed', 'true');
    const answer: RunTriggerAnswer = { run_id: run.id, firing_id: firingId, status: 'pending' };
    res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
  });
}
