import type { CreateRunAnswer } from '@rat/contracts';
import { triggerLabel } from '@rat/domain';
import { createRun, concurrencyConflict, type RunRequest } from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseCreateRun } from './parse-create-run.ts';
import { parseIdempotencyKey } from './parse-idempotency-key.ts';
import { refuseOverCap } from './run-caps.ts';
import { announceRun } from '@rat/dispatch';

/**
 * POST /api/v1/runs: 202 as soon as the run is stored, independent of the queue. A second request
 * with the same `Idempotency-Key` returns the first one's run and creates nothing. 409 when the
 * pipeline is at its concurrency limit and its `on_conflict` is `skip`.
 */
export function createRunRoute(deps: RunDeps): HandledOperation<'createRun'> {
  return handleOperation('createRun', async (req, res, { body }) => {
    const key = parseIdempotencyKey(req.get('Idempotency-Key'));
    const request = parseCreateRun(body);
    refuseOverCap(request, deps.caps);
    const run = await createRun(deps.db, {
      ...request,
      idempotency:
        key === undefined
          ? undefined
          : { key, request: fieldsOf(request), keepMs: deps.idempotencyMs },
    });
    announceRun(deps, run);
    if (run.kind === 'skipped') throw concurrencyConflict(run.conflictingRun);
    if (run.kind === 'replayed') res.set('Idempotent-Replayed', 'true');
    const answer: CreateRunAnswer = { run_id: run.id, status: 'pending' };
    res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
  });
}

/** The fields of the body by their names: a replay must repeat them. New fields are included. */
function fieldsOf(request: RunRequest): Record<string, unknown> {
  const { pipeline, trigger, expiresInSeconds, overrides, ...rest } = request;
  const { namespace, layer, name } = pipeline;
  return {
    namespace,
    layer,
    pipeline: name,
    expires_in_seconds: expiresInSeconds,
    trigger: triggerLabel(trigger),
    ...rest,
    ...overrides,
  };
}
