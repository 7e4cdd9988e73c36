import type { LandingDeps } from './landing-deps.ts';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseZone } from './parse-landing-params.ts';
import { upload } from '../runner-client/upload.ts';
import { withUploaded } from './with-uploaded.ts';

/**
 * POST /api/v1/landing-zones/{namespace}/{zone}/files: stores the body, of any content type, as the
 * file `?name=…` of the zone. A multipart form stores its single file. The file appears complete or
 * not at all. 201; 409 when the name is taken, unless `replace=true`; 413 when the file is too
 * large; 422 when the zone expects other columns.
 */
export function uploadLandingFileRoute(deps: LandingDeps): HandledOperation<'uploadLandingFile'> {
  return handleOperation('uploadLandingFile', async (req, res, { query }) => {
    const signal = clientGone(res);
    const options = { query, maxBytes: deps.uploadMaxBytes, signal };
    const file = await withUploaded(req, options, async ({ content, ...target }) => {
      const zone = await parseZone(deps, req.params);
      return upload(deps, { ...zone, ...target }, content, signal);
    });
    res.status(201).json(file);
  });
}
