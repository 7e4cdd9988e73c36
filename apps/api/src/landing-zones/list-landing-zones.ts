import { listLandingZonesQuery } from '@rat/contracts';
import type { AppDeps } from '../app-deps.ts';
import { operation, type Operation } from '../http/operation.ts';
import { askRunner } from '../runner-client/ask-runner.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseNamespace } from './parse-landing-params.ts';

/** GET /api/v1/landing-zones/{namespace}: its zones, with what waits in each. */
export function listLandingZonesRoute(
  deps: Pick<AppDeps, 'db' | 'log'>,
): Operation<{ namespace: string }> {
  return operation({
    query: listLandingZonesQuery,
    handle: async (req, res, { query: page }) => {
      const question = { ...(await parseNamespace(deps, req.params)), ...page };
      res.json(await askRunner(deps, 'list-landing-zones', question, clientGone(res)));
    },
  });
}
