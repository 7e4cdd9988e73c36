import { NotFoundError } from '@rat/domain';
import { findLandingUploads } from '@rat/store';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import type { LandingDeps } from './landing-deps.ts';
import { parseNamedFile } from './landing-file-id.ts';
import { parseZone } from './parse-landing-params.ts';
import { presentDelivery, toDelivered } from './present-landing-file.ts';

/**
 * GET /api/v1/landing-zones/{namespace}/{zone}/files/{name}: a file that waits, by its name or its
 * id, with its columns and first rows. 404 when there is no such file, and by an id also when another
 * file has taken its name.
 */
export function getLandingFileRoute(deps: LandingDeps): HandledOperation<'getLandingFile'> {
  return handleOperation('getLandingFile', async (req, res) => {
    const { name, only } = parseNamedFile(req.params.name);
    const zone = await parseZone(deps, req.params);
    const file = await call(deps, 'get-landing-file', { ...zone, name }, clientGone(res));
    const isOther = file.bytes !== only?.bytes || file.modified_at !== only.modified_at;
    if (only !== undefined && isOther) {
      const where = `landing zone ${zone.namespace}/${zone.zone}`;
      throw new NotFoundError(`${where} has no file ${name} of this id any more`);
    }
    const [upload] = await findLandingUploads(deps.db, zone, [toDelivered(file)]);
    res.json({ ...file, ...presentDelivery(zone, file, upload) });
  });
}
