import type { CreateRunAnswer } from '@rat/contracts';
import { createRun, concurrencyConflict, type RunRequest } from '@rat/store';
import type { AppDeps } from '../app-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseCreateRun } from './parse-create-run.ts';
import { parseIdempotencyKey } from './parse-idempotency-key.ts';
import { refuseOverCap } from './run-caps.ts';
import { announceRun } from '@rat/dispatch';

/**
 * POST /api/v1/runs: 202 as soon as the run is stored, whatever the state of the queue. The same `Idempotency-Key` again
 * is answered with the run that it made, and nothing is created. 409 when the pipeline skips a run that would have to wait;
 * one that a schedule asked for is in the lists then, as `cancelled`.
 */
export function createRunRoute(
  deps: Pick<AppDeps, 'db' | 'queue' | 'hints' | 'log' | 'idempotencyMs' | 'caps'>,
): HandledOperation<'createRun'> {
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
    if (run.replayed) res.set('Idempotent-Replayed', 'true');
    else announceRun(deps, run);
    if (run.skippedFor !== undefined) throw concurrencyConflict(run.skippedFor);
    const answer: CreateRunAnswer = { run_id: run.id, status: 'pending' };
    res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
  });
}

/** What was asked, by the names of the body; whatever else a request may come to carry is compared too. */
function fieldsOf(request: RunRequest): Record<string, unknown> {
  const { pipeline, expiresInSeconds, overrides, ...rest } = request;
  const { namespace, layer, name } = pipeline;
  const fields = { namespace, layer, pipeline: name, expires_in_seconds: expiresInSeconds };
  return { ...fields, ...rest, ...overrides };
}
