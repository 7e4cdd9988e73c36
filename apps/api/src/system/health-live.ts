import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { Liveness } from '@rat/contracts';
import type { SystemDeps } from './system-deps.ts';

/**
 * GET /health/live: checks no dependency, so that an outage elsewhere never restarts this process.
 */
export function healthLiveRoute(deps: SystemDeps): HandledOperation<'getLiveness'> {
  const answer: Liveness = { status: 'ok', version: deps.version };
  return handleOperation('getLiveness', (_req, res) => {
    res.json(answer);
  });
}
