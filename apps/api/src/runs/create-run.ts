import { triggerLabel } from '@rat/domain';
import { createRun, type RunRequest } from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { makerOf } from '../http/requested-by.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { parseCreateRun } from './parse-create-run.ts';
import { refuseOverCap } from './run-caps.ts';
import { refuseWrongParams } from './refuse-wrong-params.ts';
import { announceRun } from '@rat/dispatch';
import { sendCreated } from './send-created.ts';

/**
 * POST /api/v1/runs: 202 as soon as the run is stored, independent of the queue. A second request
 * with the same `Idempotency-Key` returns the first one's run and creates nothing. 409 when the
 * pipeline is at its concurrency limit and its `on_conflict` is `skip`.
 */
export function createRunRoute(deps: RunDeps): HandledOperation<'createRun'> {
  return handleOperation('createRun', async (req, res, { body }) => {
    const request = parseCreateRun(body);
    const idempotency = idempotencyOf(req, deps, fieldsOf(request));
    refuseOverCap(request, deps.caps);
    await refuseWrongParams(deps.db, request.pipeline, request.params);
    const run = await createRun(deps.db, { ...request, idempotency, ...makerOf(req) });
    announceRun(deps, run);
    sendCreated(res, run);
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
