import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { Liveness } from '@rat/contracts';
import type { SystemDeps } from './system-deps.ts';

/**
 * GET /health/live: checks no dependency, so that an outage elsewhere never restarts this process.
 */
export function healthLiveRoute(deps: SystemDeps): HandledOperation<'getLiveness'> {
  const answer = livenessOf(deps);
  return handleOperation('getLiveness', (_req, res) => {
    res.json(answer);
  });
}

/** GET /health: the same, at the path that clients of other platforms ask. */
export function healthRoute(deps: SystemDeps): HandledOperation<'getHealth'> {
  const answer = livenessOf(deps);
  return handleOperation('getHealth', (_req, res) => {
    res.json(answer);
  });
}

function livenessOf({ version }: SystemDeps): Liveness {
  return { status: 'ok', version };
}
