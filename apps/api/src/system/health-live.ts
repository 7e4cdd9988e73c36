import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { Liveness } from '@rat/contracts';
import { presentVersion } from './build-facts.ts';
import type { SystemDeps } from './system-deps.ts';

/**
 * GET /health/live: checks no dependency, so that an outage elsewhere never restarts this process. For the same reason it
 * looks up no token, so it shows the version only while sign-in is off.
 */
export function healthLiveRoute(deps: SystemDeps): HandledOperation<'getLiveness'> {
  return handleOperation('getLiveness', (_req, res) => {
    res.json(livenessOf(deps));
  });
}

/** GET /health: the same, at the path that clients of other platforms ask. */
export function healthRoute(deps: SystemDeps): HandledOperation<'getHealth'> {
  return handleOperation('getHealth', (_req, res) => {
    res.json(livenessOf(deps));
  });
}

function livenessOf(deps: SystemDeps): Liveness {
  return deps.signIn.isKnownOff ? { status: 'ok', ...presentVersion(deps) } : { status: 'ok' };
}
