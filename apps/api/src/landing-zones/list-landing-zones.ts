import type { LandingDeps } from './landing-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseNamespace } from '../namespaces/parse-namespace.ts';

/**
 * GET /api/v1/landing-zones/{namespace}: the zones of a namespace, with the number of files that
 * wait in each.
 */
export function listLandingZonesRoute(deps: LandingDeps): HandledOperation<'listLandingZones'> {
  return handleOperation('listLandingZones', async (req, res, { query: page }) => {
    const request = { ...(await parseNamespace(deps, req.params)), ...page };
    res.json(await call(deps, 'list-landing-zones', request, clientGone(res)));
  });
}
