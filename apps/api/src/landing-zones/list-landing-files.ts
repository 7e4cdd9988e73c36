import type { LandingFileListAnswer, StoredLandingFile } from '@rat/contracts';
import { findLandingUploads } from '@rat/store';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import type { LandingDeps } from './landing-deps.ts';
import { parseZone } from './parse-landing-params.ts';
import { presentDelivery, toDelivered, uploadOf } from './present-landing-file.ts';

/**
 * GET /api/v1/landing-zones/{namespace}/{zone}/files: the files that wait in a zone, or those that
 * runs have read and archived, with what is known of their uploads.
 */
export function listLandingFilesRoute(deps: LandingDeps): HandledOperation<'listLandingFiles'> {
  return handleOperation('listLandingFiles', async (req, res, { query }) => {
    const zone = await parseZone(deps, req.params);
    const page = await call(deps, 'list-landing-files', { ...zone, ...query }, clientGone(res));
    const delivered = page.files.map((file) => toDelivered(asDelivered(file, query.processed)));
    const uploads = await findLandingUploads(deps.db, zone, delivered);
    const files = page.files.map((file, index) => {
      const shown = query.processed ? { ...file, name: `_processed/${file.name}` } : file;
      const found = delivered[index];
      const delivery = presentDelivery(zone, shown, found && uploadOf(found, uploads));
      return { ...file, ...delivery, filename: file.name };
    });
    const answer: LandingFileListAnswer = { files, total: page.total };
    res.json(answer);
  });
}

/** An archived file keeps its time, and is listed as `<run id>/<name>`. */
function asDelivered(file: StoredLandingFile, isProcessed: boolean): StoredLandingFile {
  return isProcessed ? { ...file, name: file.name.slice(file.name.indexOf('/') + 1) } : file;
}
