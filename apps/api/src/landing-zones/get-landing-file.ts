import { landingFileName } from '@rat/contracts';
import type { LandingDeps } from './landing-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseInput } from '../http/parse-input.ts';
import { parseZone } from './parse-landing-params.ts';

/**
 * GET /api/v1/landing-zones/{namespace}/{zone}/files/{name}: a file that waits, with its columns and
 * first rows. 404 when there is no such file.
 */
export function getLandingFileRoute(deps: LandingDeps): HandledOperation<'getLandingFile'> {
  return handleOperation('getLandingFile', async (req, res) => {
    const name = parseInput(landingFileName, req.params.name);
    const request = { ...(await parseZone(deps, req.params)), name };
    res.json(await call(deps, 'get-landing-file', request, clientGone(res)));
  });
}
