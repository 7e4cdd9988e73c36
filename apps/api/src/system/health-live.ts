import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { Liveness } from '@rat/contracts';

/** GET /health/live: asks nothing of anybody, so that an outage elsewhere never gets this process restarted. */
export function healthLiveRoute(deps: { version: string }): HandledOperation<'getLiveness'> {
  const answer: Liveness = { status: 'ok', version: deps.version };
  return handleOperation('getLiveness', (_req, res) => {
    res.json(answer);
  });
}
