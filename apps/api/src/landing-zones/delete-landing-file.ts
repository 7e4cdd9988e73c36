import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import type { LandingDeps } from './landing-deps.ts';
import { parseNamedFile } from './landing-file-id.ts';
import { parseZone } from './parse-landing-params.ts';

/**
 * DELETE /api/v1/landing-zones/{namespace}/{zone}/files/{name}, by the name or the id: 204; 404 when
 * there is no such file, and by an id also when another file has taken its name.
 */
export function deleteLandingFileRoute(deps: LandingDeps): HandledOperation<'deleteLandingFile'> {
  return handleOperation('deleteLandingFile', async (req, res) => {
    const { name, only } = parseNamedFile(req.params.name);
    const zone = await parseZone(deps, req.params);
    const request = { ...zone, name, ...(only && { only }) };
    await call(deps, 'delete-landing-file', request, clientGone(res));
    res.status(204).end();
  });
}
