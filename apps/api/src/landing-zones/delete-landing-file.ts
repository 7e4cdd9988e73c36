import { landingFileName } from '@rat/contracts';
import type { LandingDeps } from './landing-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { clientGone } from '../http/client-gone.ts';
import { parseInput } from '../http/parse-input.ts';
import { parseZone } from './parse-landing-params.ts';

/**
 * DELETE /api/v1/landing-zones/{namespace}/{zone}/files/{name}: 204; 404 when there is no such
 * file.
 */
export function deleteLandingFileRoute(deps: LandingDeps): HandledOperation<'deleteLandingFile'> {
  return handleOperation('deleteLandingFile', async (req, res) => {
    const name = parseInput(landingFileName, req.params.name);
    const request = { ...(await parseZone(deps, req.params)), name };
    await call(deps, 'delete-landing-file', request, clientGone(res));
    res.status(204).end();
  });
}
