import { listLandingZonesQuery } from '@rat/contracts';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { askRunner } from '../ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseInput } from '../http/parse-input.ts';
import { parseNamespace } from '../parse-landing-params.ts';

/** GET /api/v1/landing-zones/{namespace}: its zones, with what waits in each. */
export function listLandingZonesRoute(
  deps: Pick<AppDeps, 'db' | 'log'>,
): RequestHandler<{ namespace: string }> {
  return async (req, res) => {
    const page = parseInput(listLandingZonesQuery, req.query);
    const question = { ...(await parseNamespace(deps, req.params)), ...page };
    res.json(await askRunner(deps, 'list-landing-zones', question, clientGone(res)));
  };
}
