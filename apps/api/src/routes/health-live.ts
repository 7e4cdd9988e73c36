import type { Liveness } from '@rat/contracts';
import type { RequestHandler } from 'express';

/** GET /health/live: asks nothing of anybody, so that an outage elsewhere never gets this process restarted. */
export function healthLiveRoute(deps: { version: string }): RequestHandler {
  const answer: Liveness = { status: 'ok', version: deps.version };
  return (_req, res) => {
    res.json(answer);
  };
}
