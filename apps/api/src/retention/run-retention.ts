import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import type { RetentionDeps } from './retention-deps.ts';

/** POST /api/v1/admin/retention/run: a live runner cleans up now. */
export function runRetentionRoute(deps: RetentionDeps): HandledOperation<'runRetention'> {
  return handleOperation('runRetention', async (_, res) => {
    res.json(await call(deps, 'run-retention', {}, clientGone(res)));
  });
}
