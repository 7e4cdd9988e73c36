import type { LandingDeps } from './landing-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseZone } from './parse-landing-params.ts';

/**
 * GET /api/v1/landing-zones/{namespace}/{zone}/files: the files that wait in a zone, or those that
 * runs have read and archived.
 */
export function listLandingFilesRoute(deps: LandingDeps): HandledOperation<'listLandingFiles'> {
  return handleOperation('listLandingFiles', async (req, res, { query }) => {
    const request = { ...(await parseZone(deps, req.params)), ...query };
    res.json(await call(deps, 'list-landing-files', request, clientGone(res)));
  });
}
